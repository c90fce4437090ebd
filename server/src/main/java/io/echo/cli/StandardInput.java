package io.echo.cli;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * Standard input of this process, also where it was started without one ({@code <&-}).
 *
 * <p>The first file that a process opens then gets descriptor 0. In a JVM that is its module image:
 * 100 MB and more, which must not be read as input, and must not be closed, since the JVM crashes
 * without it. The JVM holds the image open once, so standard input is missing if descriptor 0 is
 * the only one on it; with an image that a user redirects there are two.
 */
public final class StandardInput {
    private StandardInput() {}

    /** Opens standard input, unbuffered; an empty stream if the process has none. */
    public static InputStream open() {
        return isMissing(Path.of("/proc/self/fd"), Path.of(System.getProperty("java.home")))
                ? InputStream.nullInputStream()
                : new Unseekable(new FileInputStream(FileDescriptor.in));
    }

    /**
     * Reads on to the end: a file's own readAllBytes asks for its position, which a pipe has not.
     */
    private static final class Unseekable extends FilterInputStream {
        Unseekable(InputStream in) {
            super(in);
        }
    }

    /**
     * Returns whether descriptor 0 is the JVM's own file; false where descriptors cannot be listed.
     *
     * @param descriptors a directory of links, as Linux has it for each process
     */
    static boolean isMissing(Path descriptors, Path javaHome) {
        Path image = javaHome.resolve("lib").resolve("modules");
        try {
            if (!isSame(descriptors.resolve("0"), image)) {
                return false;
            }
            try (Stream<Path> links = Files.list(descriptors)) {
                return links.filter(link -> isSame(link, image)).count() == 1;
            }
        } catch (IOException e) {
            return false;
        }
    }

    private static boolean isSame(Path descriptor, Path file) {
        try {
            return Files.isSameFile(descriptor, file);
        } catch (IOException e) {
            return false; // closed meanwhile, or no such file
        }
    }
}
