package io.echo.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Programs that we did not write, run as their users run them. */
final class Peers {
    /** What a finished program left. */
    record Result(int exitCode, byte[] out, String err) {}

    private static final int DEADLINE_SECONDS = 30;

    private Peers() {}

    /**
     * Returns the program's path if it is installed; if not, names it and ends the test: as a
     * failure where {@code -Dpeers.required=true} says that nothing may be missing, else aborted.
     */
    static String require(String program) {
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

    /** Ends the test in the same way where this user is not root. */
    static void requireRoot() throws IOException {
        Path self = Path.of("/proc/self");
        if (!Files.exists(self) || !Files.getAttribute(self, "unix:uid").equals(0)) {
            missing("this test needs root on Linux, for raw sockets and network namespaces");
        }
    }

    private static String missing(String missing) {
        if (Boolean.getBoolean("peers.required")) {
            return fail(missing);
        }
        return abort(missing);
    }

    /** Runs a program to its end with this input. */
    static Result run(byte[] input, String... command) throws IOException {
        List<String> line = new ArrayList<>(List.of(command));
        line.set(0, require(command[0]));
        Process process = new ProcessBuilder(line).start();
        try {
            CompletableFuture<byte[]> out = drain(process.getInputStream());
            CompletableFuture<byte[]> err = drain(process.getErrorStream());
            try (OutputStream in = process.getOutputStream()) {
                in.write(input);
            }
            assertThat(process.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS))
                    .as("%s ends within %d s", List.of(command), DEADLINE_SECONDS)
                    .isTrue();
            return new Result(process.exitValue(), out.join(), new String(err.join()));
        } catch (InterruptedException e) {
            throw new IOException(e);
        } finally {
            process.destroyForcibly();
        }
    }

    private static CompletableFuture<byte[]> drain(InputStream from) {
        return CompletableFuture.supplyAsync(
                () -> {
                    try {
                        ByteArrayOutputStream all = new ByteArrayOutputStream();
                        from.transferTo(all);
                        return all.toByteArray();
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                });
    }
}
