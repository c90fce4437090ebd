package io.echo.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class LibraryExampleTest {
    private static final Pattern BLOCK =
            Pattern.compile("<!-- library-example -->\\s*```java\\n(.*?)```", Pattern.DOTALL);

    /** What a reader adds around the lines in the README; outside of the client's package. */
    private static final String PROGRAM =
            """
            import static java.nio.charset.StandardCharsets.UTF_8;
            import io.echo.client.*;
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

    @TempDir private Path classes;

    @Test
    void exampleInTheReadmeCompilesAndRuns() throws Exception {
        Matcher block = BLOCK.matcher(Files.readString(Path.of("..", "README.md")));
        assertThat(block.find()).as("the block behind the marker in README.md").isTrue();
        try (UdpPeer peer = UdpPeer.echo()) {
            String example =
                    block.group(1).replace("localhost:2105", "127.0.0.1:" + peer.target().port());

            assertThat(run(PROGRAM.formatted(example))).matches("hello after PT[\\d.]+S");
        }
    }

    private String run(String source) throws Exception {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
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
        assertThat(compiler.getTask(null, null, null, options, null, List.of(file)).call())
                .isTrue();
        try (URLClassLoader loader = new URLClassLoader(new URL[] {classes.toUri().toURL()})) {
            return (String) loader.loadClass("Example").getMethod("run").invoke(null);
        }
    }
}
