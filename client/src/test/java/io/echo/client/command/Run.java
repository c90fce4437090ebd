package io.echo.client.command;

import io.echo.cli.CheckedOutput;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;

/** One run of the program within this process: its exit code and all that it printed. */
public record Run(int exit, byte[] bytes, String err) {
    /** With this input, which no person types. */
    public static Run with(byte[] input, String... args) {
        return with(new ByteArrayInputStream(input), false, args);
    }

    /** The same, with replies waited for as long as nobody waits on an idle machine. */
    public static Run patiently(byte[] input, String... args) {
        return patiently(new ByteArrayInputStream(input), false, args);
    }

    public static Run patiently(InputStream input, boolean interactive, String... args) {
        return with(
                input,
                interactive,
                Stream.concat(Stream.of(args), Stream.of("--timeout=20s")).toArray(String[]::new));
    }

    public static Run with(InputStream input, boolean interactive, String... args) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        int exit =
                ClientMain.run(
                        args,
                        new StandardStreams(
                                input,
                                CheckedOutput.standard(out),
                                new PrintStream(err, true, StandardCharsets.UTF_8),
                                interactive),
                        CompletableFuture::new);
        return new Run(exit, out.toByteArray(), err.toString(StandardCharsets.UTF_8));
    }

    public String out() {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /** Returns the errors, but for the one that depends on what else this machine does. */
    public String complaints() {
        return withoutStalls(err);
    }

    /** Returns the text of a ping without what it says of this machine alone. */
    public static String withoutStalls(String text) {
        return text.replaceAll("echo-client: this process stood still for at least [^\n]*\n", "");
    }
}
