package io.echo.client.command;

import io.echo.client.EchoClient;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;

/**
 * Cuts input into lines of bytes, without the newline, in any encoding.
 *
 * <p>A last line needs no newline; a carriage return is a byte like any other.
 */
final class LineReader {
    /** The longest line, since each becomes a datagram; no more of it is held in memory. */
    private static final int MAX_BYTES = EchoClient.MAX_DATAGRAM_BYTES;

    /**
     * A line.
     *
     * @param problem the reason why it cannot be sent
     */
    record Line(byte[] bytes, Optional<String> problem) {}

    private final InputStream in;
    private long count;

    LineReader(InputStream in) {
        this.in = new BufferedInputStream(in, 64 * 1024);
    }

    /**
     * Returns the next line, or nothing at the end of input. A line that is too long for a datagram
     * is cut, and has a problem.
     */
    Optional<Line> next() throws IOException {
        int first = in.read();
        if (first < 0) {
            return Optional.empty();
        }
        count++;
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        boolean cut = false;
        for (int next = first; next >= 0 && next != '\n'; next = in.read()) {
            if (line.size() < MAX_BYTES) {
                line.write(next);
            } else {
                cut = true;
            }
        }
        String problem = "line " + count + " must be at most " + MAX_BYTES + " bytes, got more";
        return Optional.of(
                new Line(line.toByteArray(), cut ? Optional.of(problem) : Optional.empty()));
    }
}
