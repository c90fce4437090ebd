package io.echo.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.echo.net.Transport;
import io.echo.testing.Programs;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The documents of all modules: their links, the tests they name, the first commands. */
@Timeout(60)
@Execution(ExecutionMode.CONCURRENT)
class DocumentsTest {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final Path FIRST_PAGE = ROOT.resolve("README.md");

    private static final Pattern LINK = Pattern.compile("]\\(([^)\\s]+)\\)");
    private static final Pattern HEADING = Pattern.compile("(?m)^#+ (.+)$");
    private static final Pattern TEST_NAME = Pattern.compile("`([A-Z]\\w+(?:Test|IT))\\b");
    private static final Pattern NETCAT_LINE = Pattern.compile("(?m)^\\$ (.*\\bnc -.*)$");

    @TempDir private Path directory;

    @Test
    void linksLeadToFilesAndHeadingsThatAreThere() throws IOException {
        List<String> broken = new ArrayList<>();
        for (Path document : documents()) {
            for (String link : all(LINK, Files.readString(document))) {
                if (!link.contains("://") && !leadsSomewhere(document, link)) {
                    broken.add(ROOT.relativize(document) + ": " + link);
                }
            }
        }
        assertThat(broken).isEmpty();
    }

    @Test
    void testsThatAreNamedExist() throws IOException {
        Set<String> named = new TreeSet<>();
        for (Path document : documents()) {
            named.addAll(all(TEST_NAME, Files.readString(document)));
        }
        assertThat(named).isNotEmpty();
        assertThat(classes()).containsAll(named);
    }

    /** Over UDP Debian's BusyBox has no netcat; the document says so. */
    @ParameterizedTest
    @ValueSource(strings = {"nc.openbsd", "nc.traditional", "ncat", "busybox"})
    void firstNetcatLinesWorkWithEveryNetcat(String netcat) throws IOException {
        String program = Programs.require(netcat) + (netcat.equals("busybox") ? " nc" : "");
        Path nc =
                Files.writeString(
                        directory.resolve("nc"), "#!/bin/sh\nexec " + program + " \"$@\"\n");
        assertThat(nc.toFile().setExecutable(true)).isTrue();
        List<String> lines = new ArrayList<>(all(NETCAT_LINE, Files.readString(FIRST_PAGE)));
        assertThat(lines).hasSizeGreaterThanOrEqualTo(2);
        if (netcat.equals("busybox")) {
            lines.removeIf(line -> line.contains("-u"));
        }
        try (EchoServer server = TestServers.start(Transport.NIO)) {
            String port = String.valueOf(TestServers.port(server));
            assertThat(lines.parallelStream().map(line -> answer(line, port)))
                    .allMatch("hello\n"::equals);
        }
    }

    private String answer(String line, String port) {
        String command =
                "PATH="
                        + directory
                        + ":$PATH; "
                        + line.replace("localhost", "127.0.0.1").replace("2105", port);
        try {
            byte[] out = Peers.run(new byte[0], "sh", "-c", command).out();
            return new String(out, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean leadsSomewhere(Path document, String link) throws IOException {
        String[] parts = link.split("#", 2);
        Path file = parts[0].isEmpty() ? document : document.resolveSibling(parts[0]);
        if (!Files.exists(file)) {
            return false;
        }
        return parts.length == 1
                || all(HEADING, Files.readString(file)).stream()
                        .map(DocumentsTest::anchor)
                        .anyMatch(parts[1]::equals);
    }

    /** Returns the anchor of a heading as GitHub makes it. */
    private static String anchor(String heading) {
        return heading.toLowerCase(Locale.ROOT)
                .replaceAll("[^\\p{L}\\p{N} _-]", "")
                .replace(' ', '-');
    }

    private static List<String> all(Pattern pattern, String text) {
        return pattern.matcher(text).results().map(result -> result.group(1)).toList();
    }

    private static List<Path> documents() throws IOException {
        List<Path> found = new ArrayList<>();
        List<String> places =
                List.of(".", "server", "client", "bench", "docker", "docker/kubernetes", ".github");
        for (String place : places) {
            try (Stream<Path> files = Files.list(ROOT.resolve(place))) {
                files.map(Path::normalize)
                        .filter(file -> file.toString().endsWith(".md"))
                        .forEach(found::add);
            }
        }
        return found;
    }

    private static Set<String> classes() throws IOException {
        Set<String> names = new TreeSet<>();
        for (String module : List.of("server", "client", "bench")) {
            try (Stream<Path> files = Files.walk(ROOT.resolve(module).resolve("src/test"))) {
                names.addAll(
                        files.map(file -> file.getFileName().toString())
                                .filter(name -> name.endsWith(".java"))
                                .map(name -> name.substring(0, name.length() - ".java".length()))
                                .collect(Collectors.toSet()));
            }
        }
        return names;
    }
}
