package io.echo.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Queue;
import java.util.concurrent.TimeUnit;

/**
 * Standard error for a program that must not wait for its reader: what is written here queues for a
 * thread of its own. A pipe that nobody reads then stops that thread alone.
 *
 * <p>What finds the queue full, or cannot be written, is dropped and counted. At the end of the
 * process what is queued has a second to leave. Thread-safe; no call blocks but {@link
 * #awaitWritten}.
 */
public final class ErrorQueue extends OutputStream {
    /** Room for what waits; one text is always taken, however long. */
    static final int MAX_BYTES = 256 << 10;

    private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(1);

    private static final ErrorQueue STANDARD =
            new ErrorQueue(new FileOutputStream(FileDescriptor.err));

    private final OutputStream out;

    /** Texts that have not been written, with the one that is being; guarded by this. */
    private final Queue<byte[]> waiting = new ArrayDeque<>();

    /** Bytes of {@link #waiting}; guarded by this. */
    private int waitingBytes;

    /** Guarded by this. */
    private long dropped;

    /** Guarded by this. */
    private boolean started;

    ErrorQueue(OutputStream out) {
        this.out = out;
    }

    /** Returns the one of this process. Its thread begins with the first write. */
    public static ErrorQueue standard() {
        return STANDARD;
    }

    /** Returns a stream of text, in UTF-8, that writes here. */
    public PrintStream text() {
        return new PrintStream(this, true, StandardCharsets.UTF_8);
    }

    /** Returns the number of writes that were dropped. */
    public synchronized long dropped() {
        return dropped;
    }

    @Override
    public void write(int value) {
        put(new byte[] {(byte) value});
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
        put(Arrays.copyOfRange(bytes, offset, offset + length));
    }

    /** Waits until all has been written or dropped; a second at most. */
    public synchronized void awaitWritten() {
        long deadlineNs = System.nanoTime() + PATIENCE_NS;
        try {
            while (!waiting.isEmpty()) {
                long leftNs = deadlineNs - System.nanoTime();
                if (leftNs <= 0) {
                    return;
                }
                TimeUnit.NANOSECONDS.timedWait(this, leftNs);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized void put(byte[] text) {
        if (!waiting.isEmpty() && waitingBytes + text.length > MAX_BYTES) {
            dropped++;
            return;
        }
        waiting.add(text);
        waitingBytes += text.length;
        notifyAll();
        if (!started) {
            started = true;
            start();
        }
    }

    private void start() {
        Thread writer = new Thread(this::writeAll, "echo-stderr");
        writer.setDaemon(true);
        writer.start();
        try {
            Runtime.getRuntime().addShutdownHook(new Thread(this::awaitWritten));
        } catch (IllegalStateException e) {
            awaitWritten(); // The process is ending: nobody will wait later.
        }
    }

    private void writeAll() {
        try {
            while (true) {
                byte[] text = next();
                boolean written = isTaken(text);
                done(text, written);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized byte[] next() throws InterruptedException {
        while (waiting.isEmpty()) {
            wait();
        }
        return waiting.element();
    }

    private boolean isTaken(byte[] text) {
        try {
            out.write(text);
            return true;
        } catch (IOException e) {
            return false; // A full disk, or nobody reads any more.
        }
    }

    private synchronized void done(byte[] text, boolean written) {
        waiting.remove();
        waitingBytes -= text.length;
        if (!written) {
            dropped++;
        }
        notifyAll();
    }
}
