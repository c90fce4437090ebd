package io.echo.bench.race;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** The temporary directory of a race: sources from the jar, programs built from them, logs. */
final class BuildDirectory implements AutoCloseable {
    private static final String SOURCES = "/race/";

    /** The newest version without an interpreter among its dependencies; the echo is unchanged. */
    private static final String FORTIO = "fortio.org/fortio@v1.65.0";

    /** Directories to search besides the path. */
    private static final List<String> BESIDES =
            List.of(
                    "/usr/sbin",
                    "/usr/local/go/bin",
                    System.getProperty("user.home") + "/go/bin",
                    System.getProperty("user.home") + "/.cargo/bin");

    private final Path directory;

    private BuildDirectory(Path directory) {
        this.directory = directory;
    }

    static BuildDirectory open() throws IOException {
        return new BuildDirectory(Files.createTempDirectory("echo-race"));
    }

    Path directory() {
        return directory;
    }

    /** Compiles a C program, once, from its sources and the headers that they include. */
    Path c(String program, String... sources) throws IOException {
        Path made = directory.resolve(program);
        if (Files.exists(made)) {
            return made;
        }
        Path cc = require("cc", "compiles the C server and the loader");
        List<String> command = new ArrayList<>(List.of("" + cc, "-O2", "-o", "" + made));
        for (String source : sources) {
            Path file = source("c/" + source);
            if (source.endsWith(".c")) {
                command.add(file.toString());
            }
        }
        output(command, Map.of());
        return made;
    }

    /** Fetches and builds fortio with Go, once for all races. */
    Path fortio(Path go) throws IOException {
        Path place = cache().resolve("go");
        output(List.of(go.toString(), "install", FORTIO), Map.of("GOBIN", place.toString()));
        return place.resolve("fortio");
    }

    /** Builds the echo on tokio with Cargo, once for all races. */
    Path tokio(Path cargo) throws IOException {
        Path manifest = source("rust/Cargo.toml");
        source("rust/Cargo.lock");
        source("rust/main.rs");
        Path target = cache().resolve("cargo");
        output(
                List.of(
                        cargo.toString(),
                        "build",
                        "--release",
                        "--locked",
                        "--quiet",
                        "--manifest-path",
                        manifest.toString(),
                        "--target-dir",
                        target.toString()),
                Map.of());
        return target.resolve("release/echo-tokio");
    }

    private static Path cache() throws IOException {
        Path base =
                Optional.ofNullable(System.getenv("XDG_CACHE_HOME"))
                        .filter(path -> !path.isEmpty())
                        .map(Path::of)
                        .orElse(Path.of(System.getProperty("user.home"), ".cache"));
        return Files.createDirectories(base.resolve("echo-bench"));
    }

    /** Copies a source file out of the jar. */
    Path source(String name) throws IOException {
        Path file = directory.resolve(name);
        Files.createDirectories(file.getParent());
        try (InputStream in = BuildDirectory.class.getResourceAsStream(SOURCES + name)) {
            Files.write(file, in.readAllBytes());
        }
        return file;
    }

    /** Finds an installed program. */
    static Optional<Path> find(String program) {
        String path = Optional.ofNullable(System.getenv("PATH")).orElse("");
        return Stream.concat(Arrays.stream(path.split(File.pathSeparator)), BESIDES.stream())
                .filter(folder -> !folder.isEmpty())
                .map(folder -> Path.of(folder, program))
                .filter(Files::isExecutable)
                .findFirst();
    }

    /** Finds an installed program, or throws with the purpose that it is needed for. */
    static Path require(String program, String why) throws IOException {
        return find(program)
                .orElseThrow(() -> new IOException(program + " is not installed; it " + why));
    }

    /** Runs a program to its end, and returns what it printed. */
    static String output(List<String> command, Map<String, String> environment) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().putAll(environment);
        Process process = builder.start();
        try {
            String text =
                    new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (process.waitFor() != 0) {
                throw new IOException(
                        command.get(0)
                                + " failed: "
                                + text.lines().reduce((first, last) -> last).orElse("no output"));
            }
            return text;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(command.get(0) + " was interrupted", e);
        } finally {
            process.destroyForcibly();
        }
    }

    @Override
    public void close() throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            files.sorted(Comparator.reverseOrder()).forEach(BuildDirectory::delete);
        } catch (NoSuchFileException e) {
            // Already closed.
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
