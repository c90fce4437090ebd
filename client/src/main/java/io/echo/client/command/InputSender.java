package io.echo.client.command;

import io.echo.client.socket.StreamEnd;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Sends input over a channel, a few chunks ahead of the kernel, and ends its side of the stream.
 *
 * <p>Has a daemon thread, which waits for input and for the window. It ends with the input, or with
 * the first chunk after {@link #stop}.
 */
final class InputSender {
    /** Chunks that the kernel has not taken: 1 MiB at most. */
    private static final int WINDOW = 16;

    private static final int CHUNK_BYTES = 64 * 1024;

    private final InputStream in;
    private final Channel channel;
    private final StreamCheck check;
    private final Runnable onEnd;
    private final Semaphore window = new Semaphore(WINDOW);

    /** Chunks that the peer has yet to take; the end of input counts as one that stays. */
    private final AtomicInteger owed = new AtomicInteger();

    /** Time when the peer last took a chunk or its turn began; input thread and loop write it. */
    private volatile long progressNs = System.nanoTime();

    // Written by the input thread alone.
    private volatile long sent;
    private volatile Optional<IOException> failure = Optional.empty();
    private volatile boolean ended;

    /** Guarded by this object, as is every use of the channel that must come before its close. */
    private boolean stopped;

    private boolean streamEnded;

    private InputSender(InputStream in, Channel channel, StreamCheck check, Runnable onEnd) {
        this.in = in;
        this.channel = channel;
        this.check = check;
        this.onEnd = onEnd;
    }

    /**
     * Starts the thread that reads and sends.
     *
     * @param check is told of each byte
     * @param onEnd runs when the input has ended, on that thread
     */
    static InputSender start(InputStream in, Channel channel, StreamCheck check, Runnable onEnd) {
        InputSender sender = new InputSender(in, channel, check, onEnd);
        Thread thread = new Thread(sender::run, "echo-input");
        thread.setDaemon(true);
        thread.start();
        return sender;
    }

    /** Returns the number of bytes handed to the channel so far. */
    long sent() {
        return sent;
    }

    /** Tells whether the input has ended, so that {@link #sent} and {@link #failure} are final. */
    boolean hasEnded() {
        return ended;
    }

    /** Returns the reason why the input could not be read to its end, if there is one. */
    Optional<IOException> failure() {
        return failure;
    }

    /** Tells whether the next step is the peer's: input has ended, or waits for the kernel. */
    boolean isPeersTurn() {
        return owed.get() > 0;
    }

    /** Returns the time when the peer last took a chunk or its turn began, in nanoTime. */
    long progressNs() {
        return progressNs;
    }

    /** Ends the sending; afterwards the channel and its loop may be closed. */
    synchronized void stop() {
        stopped = true;
    }

    private void run() {
        try {
            byte[] chunk = new byte[CHUNK_BYTES];
            int length = in.read(chunk);
            while (length >= 0) {
                window.acquire();
                if (!send(chunk, length)) {
                    return;
                }
                length = in.read(chunk);
            }
        } catch (IOException e) {
            failure =
                    Optional.of(
                            new IOException("cannot read standard input: " + e.getMessage(), e));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // never happens: nobody has this thread
            return;
        }
        end();
    }

    private synchronized boolean send(byte[] chunk, int length) {
        if (stopped) {
            return false;
        }
        sent += length;
        check.sent(chunk, length);
        owe();
        ByteBuf bytes = channel.alloc().directBuffer(length).writeBytes(chunk, 0, length);
        channel.writeAndFlush(bytes).addListener(written -> taken());
        return true;
    }

    private synchronized void end() {
        ended = true;
        owe();
        if (!stopped && !StreamEnd.endsBothWays(channel)) {
            endStream();
        }
        onEnd.run();
    }

    /**
     * Tells the peer of the end, once: over TLS 1.2, where it may then drop what it owes, to be
     * called when everything has come back; else it was told when the input ended.
     */
    synchronized void endStream() {
        if (!stopped && !streamEnded) {
            streamEnded = true;
            StreamEnd.send(channel);
        }
    }

    private void owe() {
        if (owed.getAndIncrement() == 0) {
            progressNs = System.nanoTime();
        }
    }

    private void taken() {
        progressNs = System.nanoTime();
        owed.decrementAndGet();
        window.release();
    }
}
