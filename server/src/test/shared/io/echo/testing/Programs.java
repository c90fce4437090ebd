package io.echo.testing;

import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Programs that a test needs on the machine. */
public final class Programs {
    private Programs() {}

    /** Returns the program's path if it is installed, else ends the test: {@link #missing}. */
    public static String require(String program) {
        // Root's programs are not on everybody's path, nor on root's in every shell.
        Stream<String> path = Arrays.stream(System.getenv("PATH").split(File.pathSeparator));
        Optional<Path> found =
                Stream.concat(path, Stream.of("/usr/sbin", "/sbin"))
                        .map(dir -> Path.of(dir).resolve(program))
                        .filter(Files::isExecutable)
                        .findFirst();
        return found.isPresent()
                ? found.get().toString()
                : missing("this test needs " + program + ", which is not installed");
    }

    /**
     * The command for a program that hears an interrupt and a hang-up: what a shell starts in its
     * background or under {@code nohup}, or whatever that starts, ignores them, and so would the
     * program.
     */
    public static List<String> interruptible(List<String> command) {
        String program =
                "import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_DFL);"
                        + " signal.signal(signal.SIGHUP, signal.SIG_DFL);"
                        + " os.execvp(sys.argv[1], sys.argv[1:])";
        return Stream.concat(Stream.of(require("python3"), "-c", program), command.stream())
                .toList();
    }

    /**
     * Ends the test: as a failure where {@code -Dpeers.required=true} says that nothing may be
     * missing, else aborted.
     */
    public static String missing(String what) {
        return Boolean.getBoolean("peers.required") ? fail(what) : abort(what);
    }
}
