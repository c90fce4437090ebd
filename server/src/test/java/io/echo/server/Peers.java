package io.echo.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.echo.testing.Namespace;
import io.echo.testing.Programs;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Programs that we did not write, run as their users run them. */
public final class Peers {
    /** Exit code and output of a finished program. */
    public record Result(int exitCode, byte[] out, String err) {}

    private static final int DEADLINE_SECONDS = 60;

    private Peers() {}

    /** Ends the test where this user is not root. */
    static void requireRoot() throws IOException {
        Namespace.requireRoot();
    }

    /** Runs a program to its end with this input. */
    public static Result run(byte[] input, String... command) throws IOException {
        List<String> line = new ArrayList<>(List.of(command));
        line.set(0, Programs.require(command[0]));
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
