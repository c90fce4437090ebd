package io.echo.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The end of a program whose standard streams a shell has closed, or given to a full device.
 *
 * @param broken whether nothing could be written to standard output
 * @param perhaps whether the JVM may have put a device that takes all in its place
 */
public record Redirected(int exit, String out, String err, boolean broken, boolean perhaps) {
    /** Redirections that a shell can make of a program's streams, alone and together. */
    public static final List<String> WAYS =
            List.of(
                    ">&-",
                    ">/dev/full",
                    "2>&-",
                    "2>/dev/full",
                    "<&-",
                    "<&- >&-",
                    "<&- 2>&-",
                    ">&- 2>&-",
                    ">/dev/full 2>/dev/full",
                    "<&- >&- 2>&-");

    /** The ways that differ for a program which reads nothing. */
    public static final List<String> OUTPUT_WAYS =
            List.of(">&-", "2>&-", ">/dev/full 2>/dev/full", "<&- >&- 2>&-");

    /** Runs a command to its end; its input is empty unless it is closed. */
    public static Redirected run(Path directory, List<String> command, String way)
            throws IOException, InterruptedException {
        Programs.require("sh");
        if (!Files.exists(Path.of("/dev/full"))) {
            Programs.missing("this test needs /dev/full");
        }
        Path out = directory.resolve("redirected-out");
        Path err = directory.resolve("redirected-err");
        List<String> line = new ArrayList<>(List.of("sh", "-c", "exec \"$@\" " + way, "sh"));
        line.addAll(command);
        Process process =
                new ProcessBuilder(line)
                        .redirectInput(Path.of("/dev/null").toFile())
                        .redirectOutput(out.toFile())
                        .redirectError(err.toFile())
                        .start();
        try {
            if (!process.waitFor(60, TimeUnit.SECONDS)) {
                throw new AssertionError("it does not end with " + way);
            }
        } finally {
            process.destroyForcibly();
        }
        boolean closed = way.contains(" >&-") || way.startsWith(">&-");
        return new Redirected(
                process.exitValue(),
                Files.readString(out),
                Files.readString(err),
                closed || way.startsWith(">/dev/full"),
                closed && way.startsWith("<&-"));
    }

    /**
     * Tells whether it ended as a program does that has something to print: with 1 where it could
     * not, and elsewhere with this code.
     */
    public boolean endedWith(int code) {
        return exit == (broken ? 1 : code) || perhaps && exit == code;
    }
}
