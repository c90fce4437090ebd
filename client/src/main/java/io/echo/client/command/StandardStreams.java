package io.echo.client.command;

import io.echo.cli.CheckedOutput;
import io.echo.cli.OneLine;
import io.echo.cli.StandardInput;
import io.echo.cli.Terminal;
import java.io.InputStream;
import java.io.PrintStream;

/**
 * The standard streams of a process: bytes in, bytes and text out, text for errors.
 *
 * @param out of which no write fails unnoticed
 * @param err UTF-8, flushed with every line
 * @param interactive true if a person types what comes from {@code in}
 */
record StandardStreams(InputStream in, PrintStream out, PrintStream err, boolean interactive) {
    /** Returns the streams of this process. */
    static StandardStreams ofProcess() {
        return new StandardStreams(
                StandardInput.open(),
                CheckedOutput.standard(ClientMain.PROGRAM),
                CheckedOutput.standardError(),
                Terminal.isInputTyped());
    }

    /** Writes to standard output. */
    void print(byte[] bytes) {
        out.write(bytes, 0, bytes.length);
    }

    /** Prints one line of error, however many the text has. */
    void complain(String text) {
        err.println(ClientMain.PROGRAM + ": " + OneLine.of(text, "no reason given"));
    }
}
