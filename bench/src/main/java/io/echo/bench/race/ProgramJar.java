package io.echo.bench.race;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.jar.Manifest;

/**
 * A jar that runs one of our programs.
 *
 * @param file the jar
 * @param program its first argument, when one jar has all programs, as that of a package
 */
record ProgramJar(Path file, Optional<String> program) {
    /** Main class of a jar of all programs: {@code docker/packages/Programs.java}. */
    private static final String OF_ALL = "Programs";

    /**
     * Looks into a jar; a folder of classes has one program.
     *
     * @param program server, client or bench
     * @throws IOException when it is no jar, or cannot be read
     */
    static ProgramJar of(Path file, String program) throws IOException {
        if (Files.isDirectory(file)) {
            return new ProgramJar(file, Optional.empty());
        }
        try (JarFile jar = new JarFile(file.toFile())) {
            boolean all =
                    Optional.ofNullable(jar.getManifest())
                            .map(Manifest::getMainAttributes)
                            .map(main -> main.getValue(Attributes.Name.MAIN_CLASS))
                            .filter(OF_ALL::equals)
                            .isPresent();
            return new ProgramJar(file, all ? Optional.of(program) : Optional.empty());
        }
    }

    /** Returns what stands behind {@code java} and its options, without the program's flags. */
    List<String> words() {
        List<String> words = new ArrayList<>();
        if (program.isPresent()) { // Its native transports stand beside it, not in it.
            words.add("-Djava.library.path=" + file.resolveSibling("native"));
        }
        words.addAll(List.of("-jar", file.toString()));
        words.addAll(program.stream().toList());
        return words;
    }
}
