package io.echo.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** The arguments of this process as UTF-8, also where the locale knows only ASCII. */
public final class Utf8Arguments {
    private static final Path COMMAND_LINE = Path.of("/proc/self/cmdline");

    private Utf8Arguments() {}

    /**
     * Returns the arguments as they were typed.
     *
     * <p>The JVM decodes them by the locale. In a container that is mostly POSIX, where all beyond
     * ASCII is lost; Linux still has the bytes.
     */
    public static String[] utf8(String[] decoded) {
        if (Arrays.stream(decoded).allMatch(StandardCharsets.US_ASCII.newEncoder()::canEncode)) {
            return decoded;
        }
        try {
            // Each ends with a NUL, so the split has an empty string after the last.
            String[] all = Files.readString(COMMAND_LINE).split("\0", -1);
            int end = all.length - 1;
            return Arrays.copyOfRange(all, end - decoded.length, end);
        } catch (IOException e) {
            return decoded; // not Linux, or not UTF-8: use what the JVM made of them
        }
    }
}
