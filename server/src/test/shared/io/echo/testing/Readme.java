package io.echo.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

/** The README.md of the module under test: blocks behind {@code <!-- NAME -->}, and examples. */
public final class Readme {
    private static final Path FILE = Path.of("README.md");

    /** A reader's program around the example; outside of our packages, with its own output. */
    private static final String PROGRAM =
            """
            import static java.nio.charset.StandardCharsets.UTF_8;
            %s
            public class Example {
                private static final StringBuilder printed = new StringBuilder();
                private static class System {
                    static final Out out = new Out();
                }
                private static class Out {
                    void println(String line) {
                        printed.append(line);
                    }
                }
                public static String run() throws Exception {
                    %s
                    return printed.toString();
                }
            }
            """;

    private Readme() {}

    /** Returns the whole document. */
    public static String text() throws IOException {
        return Files.readString(FILE);
    }

    /** Returns the text of the fenced block behind {@code <!-- name -->}. */
    public static String block(String name) throws IOException {
        Matcher block =
                Pattern.compile("<!-- " + name + " -->\\s*```\\w*\\n(.*?)```", Pattern.DOTALL)
                        .matcher(text());
        assertThat(block.find()).as("a block behind <!-- %s --> in %s", name, FILE).isTrue();
        return block.group(1);
    }

    /**
     * Compiles and runs Java lines, imports first, as a user of the library would.
     *
     * @param classes an empty directory
     * @return what they print
     */
    public static String run(String example, Path classes) throws Exception {
        String imports = lines(example, true);
        String statements = lines(example, false);
        String source = PROGRAM.formatted(imports, statements);
        JavaFileObject file =
                new SimpleJavaFileObject(
                        URI.create("string:///Example.java"), JavaFileObject.Kind.SOURCE) {
                    @Override
                    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
                        return source;
                    }
                };
        List<String> options =
                List.of(
                        "-d",
                        classes.toString(),
                        "-classpath",
                        System.getProperty("java.class.path"));
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        assertThat(compiler.getTask(null, null, null, options, null, List.of(file)).call())
                .as("compiles: %s", source)
                .isTrue();
        try (URLClassLoader loader = new URLClassLoader(new URL[] {classes.toUri().toURL()})) {
            return (String) loader.loadClass("Example").getMethod("run").invoke(null);
        }
    }

    private static String lines(String example, boolean imports) {
        return example.lines()
                .filter(line -> line.startsWith("import ") == imports)
                .collect(Collectors.joining("\n"));
    }
}
