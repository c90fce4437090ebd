package io.echo.cli;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;

/** Reads names of files. */
public final class FileName {
    /** Encoding in which the JVM writes names. */
    private static final String ENCODING = System.getProperty("sun.jnu.encoding", "UTF-8");

    private FileName() {}

    /**
     * Returns the path of a name.
     *
     * @throws IOException when the JVM cannot name that path to the kernel: it writes names in the
     *     encoding of the locale, and nothing in this process can change that
     */
    public static Path path(String name) throws IOException {
        boolean ascii = StandardCharsets.US_ASCII.newEncoder().canEncode(name);
        if (File.separatorChar == '/' && !ascii && !ENCODING.equals("UTF-8")) {
            throw new IOException(
                    name
                            + " cannot be opened in locale "
                            + locale(System.getenv())
                            + ": set LC_ALL=C.UTF-8");
        }
        return Path.of(name);
    }

    private static String locale(Map<String, String> environment) {
        return Stream.of("LC_ALL", "LC_CTYPE", "LANG")
                .map(variable -> environment.getOrDefault(variable, ""))
                .filter(value -> !value.isEmpty())
                .findFirst()
                .orElse("C");
    }
}
