package io.echo.client.command;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.socket.SocketChannel;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Sends input over a channel, a few chunks ahead of the kernel, and ends with a half-close.
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
    private final Semaphore window = new Semaphore(WINDOW);

    /** What the peer has to take; the end of input counts as one that stays. */
    private final AtomicInteger owed = new AtomicInteger();

    /** When the peer last took something or began to owe; written by input thread and loop. */
    private volatile long progressNs = System.nanoTime();

    // Written by the input thread alone.
    private volatile long sent;
    private volatile Optional<IOException> failure = Optional.empty();
    private volatile boolean ended;

    /** Guarded by this object, as is every use of the channel that must come before its close. */
    private boolean stopped;

    private InputSender(InputStream in, Channel channel) {
        this.in = in;
        this.channel = channel;
    }

    /** Begins to read and send. */
    static InputSender start(InputStream in, Channel channel) {
        InputSender upload = new InputSender(in, channel);
        Thread thread = new Thread(upload::run, "echo-input");
        thread.setDaemon(true);
        thread.start();
        return upload;
    }

    /** Bytes handed to the channel so far. */
    long sent() {
        return sent;
    }

    /** Whether the input has ended, so that {@link #sent} and {@link #failure} are final. */
    boolean hasEnded() {
        return ended;
    }

    /** Why the input ended before its end, if it did. */
    Optional<IOException> failure() {
        return failure;
    }

    /** Whether the next step is the peer's: input has ended, or waits for the kernel. */
    boolean isPeersTurn() {
        return owed.get() > 0;
    }

    /** When the peer last took something, or its turn began: {@link System#nanoTime}. */
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
            Thread.currentThread().interrupt(); // nobody does; there is nobody left to tell
            return;
        }
        end();
    }

    private synchronized boolean send(byte[] chunk, int length) {
        if (stopped) {
            return false;
        }
        sent += length;
        owe();
        ByteBuf bytes = channel.alloc().directBuffer(length).writeBytes(chunk, 0, length);
        channel.writeAndFlush(bytes).addListener(written -> taken());
        return true;
    }

    private synchronized void end() {
        ended = true;
        owe();
        if (!stopped) {
            // Netty drops what is queued when the output is shut; so that waits for a last write.
            channel.writeAndFlush(Unpooled.EMPTY_BUFFER)
                    .addListener(written -> ((SocketChannel) channel).shutdownOutput());
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
