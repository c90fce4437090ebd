package io.echo.server.command;

import io.echo.server.loop.Shortage;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.lang.Thread.UncaughtExceptionHandler;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;

/**
 * Ends the program at once when its heap is exhausted: with its threads ending one by one it would
 * serve half, answer nobody who asks after its health, and not stop at a signal.
 *
 * <p>Everything is made beforehand, as there is no memory left to make it then.
 */
final class ExhaustedHeap implements UncaughtExceptionHandler {
    private static final byte[] LINE =
            "echo-server: the heap is exhausted: set a larger one (-Xmx)\n"
                    .getBytes(StandardCharsets.UTF_8);

    private static final long PATIENCE_NS = 1_000_000_000;

    private final FileOutputStream err = new FileOutputStream(FileDescriptor.err);
    private final AtomicBoolean told = new AtomicBoolean();

    /** Ends the program although nobody reads its output. */
    private final Thread patience =
            new Thread(
                    () -> {
                        LockSupport.parkNanos(PATIENCE_NS);
                        Runtime.getRuntime().halt(1);
                    },
                    "echo-heap");

    private ExhaustedHeap() {}

    /** Takes care of what no thread catches. */
    static void endsTheProgram() {
        ExhaustedHeap handler = new ExhaustedHeap();
        isOfHeap(new OutOfMemoryError()); // Loads what it needs.
        Thread.setDefaultUncaughtExceptionHandler(handler);
    }

    @Override
    public void uncaughtException(Thread thread, Throwable failure) {
        if (isOfHeap(failure)) {
            end();
        }
        System.err.print("Exception in thread \"" + thread.getName() + "\" ");
        failure.printStackTrace();
    }

    private static boolean isOfHeap(Throwable failure) {
        try {
            return Shortage.isOfHeap(failure);
        } catch (OutOfMemoryError e) {
            return true;
        }
    }

    private void end() {
        try {
            if (told.compareAndSet(false, true)) {
                patience.start();
                err.write(LINE);
            }
        } catch (IOException | OutOfMemoryError e) {
            // Nobody reads it, or there is no memory to write it with.
        } finally {
            Runtime.getRuntime().halt(1);
        }
    }
}
