package io.echo.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.echo.testing.Await;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Lines to readers of every kind: one who reads, one who stops and reads on, one who is gone. */
@Timeout(60)
class ErrorQueueTest {
    private static final String LINE = "x".repeat(1_023) + "\n";

    @Test
    void writesEveryLineInOrder() {
        ByteArrayOutputStream written = new ByteArrayOutputStream();
        ErrorQueue queue = new ErrorQueue(written);
        StringBuilder expected = new StringBuilder();
        for (int i = 0; i < 1_000; i++) {
            String line = "line ü " + i + "\n";
            queue.text().print(line);
            expected.append(line);
        }
        queue.awaitWritten();
        assertThat(written.toString(StandardCharsets.UTF_8)).isEqualTo(expected.toString());
        assertThat(queue.dropped()).isZero();
    }

    /** Returns, though nobody reads; what was dropped is counted, and the rest comes later. */
    @Test
    void dropsAndCountsWhatDoesNotFitWhileNobodyReads() throws Exception {
        try (PipedInputStream reader = new PipedInputStream(1_024)) {
            ErrorQueue queue = new ErrorQueue(new PipedOutputStream(reader));
            int lines = 2 * ErrorQueue.MAX_BYTES / LINE.length();
            for (int i = 0; i < lines; i++) {
                queue.write(LINE.getBytes(StandardCharsets.US_ASCII));
            }
            queue.awaitWritten(); // Gives up: this thread is the one that should read.
            long dropped = queue.dropped();
            assertThat(dropped).isBetween(1L, lines / 2L + 1);
            long kept = (lines - dropped) * LINE.length();
            assertThat(reader.readNBytes((int) kept)).hasSize((int) kept);
            queue.write("last".getBytes(StandardCharsets.US_ASCII));
            assertThat(reader.readNBytes(4)).asString().isEqualTo("last");
            assertThat(queue.dropped()).isEqualTo(dropped);
        }
    }

    @Test
    void takesATextThatIsLongerThanTheQueue() {
        ByteArrayOutputStream written = new ByteArrayOutputStream();
        ErrorQueue queue = new ErrorQueue(written);
        byte[] stack = new byte[2 * ErrorQueue.MAX_BYTES];
        queue.write(stack, 0, stack.length);
        queue.awaitWritten();
        assertThat(written.size()).isEqualTo(stack.length);
    }

    @Test
    void countsWhatAFullDiskRefusesAndGoesOn() throws Exception {
        Path full = Path.of("/dev/full");
        Assumptions.assumeTrue(Files.exists(full));
        try (OutputStream disk = Files.newOutputStream(full)) {
            ErrorQueue queue = new ErrorQueue(disk);
            for (int i = 0; i < 3; i++) {
                assertThatCode(() -> queue.text().println("lost")).doesNotThrowAnyException();
            }
            Await.until("all are counted", () -> queue.dropped() >= 3);
        }
    }

    @Test
    void outlivesAReaderThatIsGone() throws IOException {
        PipedInputStream reader = new PipedInputStream();
        ErrorQueue queue = new ErrorQueue(new PipedOutputStream(reader));
        reader.close();
        queue.write(1);
        queue.awaitWritten();
        queue.write(2);
        queue.awaitWritten();
        assertThat(queue.dropped()).isEqualTo(2);
    }
}
