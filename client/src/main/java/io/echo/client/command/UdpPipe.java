package io.echo.client.command;

import io.echo.client.CorruptReplyException;
import io.echo.client.EchoClient;
import io.echo.client.Reply;
import io.echo.net.Target;
import java.io.IOException;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/**
 * Sends each line of input as one datagram and prints each reply as one line, as they arrive.
 *
 * <p>Three threads: one reads input and waits for a place in the window, the client's completes
 * exchanges, and the calling thread writes output. A place is free again only when its reply is
 * written; so slow output slows the sending, and loses nothing.
 */
final class UdpPipe {
    /** Datagrams without an answer at any time: fewer than any receive buffer holds. */
    static final int WINDOW = 16;

    private sealed interface Event {}

    private record Answered(Reply reply) implements Event {}

    private record Failed(Throwable reason) implements Event {}

    /** A line that cannot be sent. */
    private record Refused(String reason) implements Event {}

    /** A signal to end at once. */
    private record Stopped(int exitCode) implements Event {}

    private record InputEnded(long sent, Optional<IOException> failure) implements Event {}

    private final Semaphore window = new Semaphore(WINDOW);

    /** Holds at most {@link #WINDOW} outcomes and the end of input. */
    private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();

    private final AtomicLong strays = new AtomicLong();

    private final StandardStreams streams;

    private UdpPipe(StandardStreams streams) {
        this.streams = streams;
    }

    /** Runs until the input has ended and each datagram is answered or lost. */
    static int run(
            Target target,
            EchoClient.Options options,
            StandardStreams streams,
            Supplier<CompletableFuture<Integer>> interrupt)
            throws IOException, InterruptedException {
        UdpPipe pipe = new UdpPipe(streams);
        EchoClient.Options counting = options.withStrays(stray -> pipe.strays.incrementAndGet());
        try (EchoClient client = EchoClient.connect(target, counting)) {
            interrupt.get().thenAccept(code -> pipe.events.add(new Stopped(code)));
            Thread input = new Thread(() -> pipe.send(client), "echo-input");
            input.setDaemon(true);
            input.start();
            return pipe.print();
        }
    }

    private void send(EchoClient client) {
        LineReader lines = new LineReader(streams.in());
        long sent = 0;
        try {
            for (Optional<LineReader.Line> line = lines.next();
                    line.isPresent();
                    line = lines.next()) {
                window.acquire();
                if (line.get().problem().isPresent()) {
                    events.add(new Refused(line.get().problem().get()));
                    continue;
                }
                sent++;
                client.echo(line.get().bytes())
                        .whenComplete(
                                (reply, reason) ->
                                        events.add(
                                                reason == null
                                                        ? new Answered(reply)
                                                        : new Failed(reason)));
            }
            events.add(new InputEnded(sent, Optional.empty()));
        } catch (IOException e) {
            events.add(new InputEnded(sent, Optional.of(e)));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // never happens: nobody has this thread
        }
    }

    private int print() throws IOException, InterruptedException {
        long answered = 0;
        long refused = 0;
        Failures lost = new Failures();
        Failures corrupt = new Failures();
        InputEnded end = null;
        int exitCode = ClientMain.OK;
        while (end == null || answered + lost.count + corrupt.count < end.sent()) {
            Event event = events.take();
            if (event instanceof InputEnded ended) {
                end = ended;
                continue;
            }
            if (event instanceof Stopped stopped) {
                streams.complain("interrupted after " + answered + " datagrams came back");
                exitCode = stopped.exitCode();
                break;
            }
            if (event instanceof Answered answer) {
                printLine(answer.reply().bytes());
                answered++;
            } else if (event instanceof Failed failed) {
                if (failed.reason() instanceof CorruptReplyException reply) {
                    printLine(reply.bytes());
                    corrupt.add(reply);
                } else {
                    lost.add(failed.reason());
                }
            } else if (event instanceof Refused line) {
                streams.complain(line.reason());
                refused++;
            }
            window.release();
        }
        long known = answered + lost.count + corrupt.count;
        lost.tell("%d of %d datagrams lost; the last: %s", known);
        corrupt.tell("%d of %d replies corrupt; the last: %s", known);
        if (strays.get() > 0) {
            streams.complain("answers to nothing, or too late: " + strays + " datagrams");
        }
        Optional<IOException> failure = end == null ? Optional.empty() : end.failure();
        failure.ifPresent(reason -> streams.complain(reason.getMessage()));
        if (corrupt.count > 0) {
            return ClientMain.CORRUPTED;
        }
        return lost.count + refused > 0 || failure.isPresent() ? ClientMain.FAILED : exitCode;
    }

    private void printLine(byte[] bytes) {
        byte[] line = Arrays.copyOf(bytes, bytes.length + 1);
        line[bytes.length] = '\n';
        streams.print(line);
    }

    /** Failures of one kind. */
    private final class Failures {
        private long count;
        private Throwable last;

        void add(Throwable reason) {
            count++;
            last = reason;
        }

        /** Prints a line about them, if there are any. */
        void tell(String format, long sent) {
            if (count > 0) {
                streams.complain(
                        String.format(Locale.ROOT, format, count, sent, last.getMessage()));
            }
        }
    }
}
