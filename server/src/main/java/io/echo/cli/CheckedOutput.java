package io.echo.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.function.Consumer;

/**
 * Output of which no write fails unnoticed.
 *
 * <p>A {@link PrintStream} hides failed writes, but it does not catch the {@link
 * UncheckedIOException} that this stream throws. Where it is standard output of a process, the
 * program ends there, on whichever thread wrote: nobody has to look, and an event loop is not
 * waited for.
 */
public final class CheckedOutput extends OutputStream {
    private static final String STANDARD_OUTPUT = "standard output";
    private static final int FAILED = 1;

    /** A call of the stream beneath. */
    private interface Call {
        void run() throws IOException;
    }

    private final OutputStream out;
    private final String name;
    private final Consumer<UncheckedIOException> onFailure;

    private CheckedOutput(OutputStream out, String name, Consumer<UncheckedIOException> onFailure) {
        this.out = out;
        this.name = name;
        this.onFailure = onFailure;
    }

    /** Checks a stream; an error names it. */
    public static OutputStream of(OutputStream out, String name) {
        return new CheckedOutput(out, name, failure -> {});
    }

    /**
     * Opens standard output of this process, unbuffered, in UTF-8. The first write that fails
     * prints one line of error in the name of the program, and ends the process with exit code 1.
     */
    public static PrintStream standard(String program) {
        return standard(program, standardError());
    }

    /** The same with another stream for the line of error. */
    public static PrintStream standard(String program, PrintStream err) {
        return text(
                new CheckedOutput(
                        new FileOutputStream(FileDescriptor.out),
                        STANDARD_OUTPUT,
                        failure -> {
                            err.println(program + ": " + failure.getMessage());
                            System.exit(FAILED);
                        }));
    }

    /** Takes a stream for standard output: a write that fails is thrown, and ends no process. */
    public static PrintStream standard(OutputStream out) {
        return text(of(out, STANDARD_OUTPUT));
    }

    /** Opens standard error of this process, in UTF-8; a message that nobody can take is lost. */
    public static PrintStream standardError() {
        return text(new FileOutputStream(FileDescriptor.err));
    }

    private static PrintStream text(OutputStream out) {
        return new PrintStream(out, true, StandardCharsets.UTF_8);
    }

    @Override
    public void write(int value) {
        check(() -> out.write(value));
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
        check(() -> out.write(bytes, offset, length));
    }

    @Override
    public void flush() {
        check(out::flush);
    }

    @Override
    public void close() {
        check(out::close);
    }

    private void check(Call call) {
        try {
            call.run();
        } catch (IOException e) {
            // The JDK has no type for EPIPE; its text has this word in most languages.
            boolean unread = OneLine.of(e).toLowerCase(Locale.ROOT).contains("pipe");
            UncheckedIOException failure =
                    new UncheckedIOException(
                            unread
                                    ? "nobody reads " + name + " any more"
                                    : "cannot write to " + name + ": " + OneLine.of(e),
                            e);
            onFailure.accept(failure);
            throw failure;
        }
    }
}
