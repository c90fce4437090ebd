package io.echo.client;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

/** Output that a test can wait for. */
public final class Screen extends ByteArrayOutputStream {
    private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(30);

    @Override
    public synchronized void write(byte[] bytes, int offset, int length) {
        super.write(bytes, offset, length);
        notifyAll();
    }

    /** Waits until this text has been written. */
    public synchronized void await(String text) throws InterruptedException {
        long deadlineNs = System.nanoTime() + PATIENCE_NS;
        while (!toString(StandardCharsets.UTF_8).contains(text)) {
            long leftNs = deadlineNs - System.nanoTime();
            if (leftNs <= 0) {
                throw new AssertionError("not written: " + text + "\nbut: " + this);
            }
            TimeUnit.NANOSECONDS.timedWait(this, leftNs);
        }
    }
}
