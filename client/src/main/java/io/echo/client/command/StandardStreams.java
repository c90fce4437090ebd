package io.echo.client.command;

import io.echo.cli.OneLine;
import io.echo.cli.StandardInput;
import io.echo.cli.Terminal;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * The standard streams of a process: bytes in, bytes out, text for errors.
 *
 * <p>Plain bytes, since the standard streams of the JDK replace characters that the locale lacks,
 * and hide failed writes.
 *
 * @param out unbuffered
 * @param err UTF-8, flushed with every line
 * @param interactive whether a person types what comes from {@code in}
 */
record StandardStreams(InputStream in, OutputStream out, PrintStream err, boolean interactive) {
    /** The reader of the output has left, as {@code head} does; no error of ours. */
    static final class ReaderGone extends IOException {
        private static final long serialVersionUID = 1L;

        ReaderGone(IOException cause) {
            super("nobody reads standard output any more", cause);
        }
    }

    /** Returns the streams of this process. */
    static StandardStreams ofProcess() {
        return new StandardStreams(
                StandardInput.open(),
                new FileOutputStream(FileDescriptor.out),
                new PrintStream(
                        new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8),
                Terminal.isInputTyped());
    }

    /**
     * Writes to standard output.
     *
     * @throws ReaderGone when nobody reads it any more
     */
    void print(byte[] bytes) throws IOException {
        try {
            out.write(bytes);
        } catch (IOException e) {
            // The JDK has no type for EPIPE; its text has this word in most languages.
            if (String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT).contains("pipe")) {
                throw new ReaderGone(e);
            }
            throw new IOException("cannot write to standard output: " + e.getMessage(), e);
        }
    }

    /** Prints one line of error, however many the text has. */
    void complain(String text) {
        err.println("echo-client: " + OneLine.of(text, "no reason given"));
    }
}
