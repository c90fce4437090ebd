package io.echo.bench.race;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** A directory of one race: the sources that came with the jar, and what is made of them. */
final class Workshop implements AutoCloseable {
    private static final String SOURCES = "/race/";

    private final Path directory;

    private Workshop(Path directory) {
        this.directory = directory;
    }

    static Workshop open() throws IOException {
        return new Workshop(Files.createTempDirectory("echo-race"));
    }

    Path directory() {
        return directory;
    }

    /** Compiles a C program. */
    Path c(String program, String... sources) throws IOException {
        Path cc = Commands.require("cc", "since yardstick and loader are in C");
        Path made = directory.resolve(program);
        List<String> command =
                new ArrayList<>(List.of(cc.toString(), "-O2", "-o", made.toString()));
        for (String source : sources) {
            Path file = source("c/" + source);
            if (source.endsWith(".c")) {
                command.add(file.toString());
            }
        }
        Commands.output(command);
        return made;
    }

    /** A source file, out of the jar. */
    Path source(String name) throws IOException {
        Path file = directory.resolve(name);
        Files.createDirectories(file.getParent());
        try (InputStream in = Workshop.class.getResourceAsStream(SOURCES + name)) {
            Files.write(file, in.readAllBytes());
        }
        return file;
    }

    @Override
    public void close() throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            files.sorted(Comparator.reverseOrder()).forEach(Workshop::delete);
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private static void delete(Path file) {
        try {
            Files.delete(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
