package io.echo.client.command;

import io.echo.client.EchoClient;
import io.echo.client.Reply;
import io.echo.net.Target;
import java.io.IOException;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;

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

    private record InputEnded(long sent, Optional<IOException> failure) implements Event {}

    private final Semaphore window = new Semaphore(WINDOW);

    /** Holds at most {@link #WINDOW} outcomes and the end of input. */
    private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();

    private final StandardStreams streams;

    private UdpPipe(StandardStreams streams) {
        this.streams = streams;
    }

    /** Runs until the input has ended and each datagram is answered or lost. */
    static int run(Target target, EchoClient.Options options, StandardStreams streams)
            throws IOException, InterruptedException {
        UdpPipe pipe = new UdpPipe(streams);
        try (EchoClient client = EchoClient.connect(target, options)) {
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
            for (Optional<byte[]> line = lines.next(); line.isPresent(); line = lines.next()) {
                window.acquire();
                sent++;
                client.echo(line.get())
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
        long lost = 0;
        Throwable last = null;
        InputEnded end = null;
        while (end == null || answered + lost < end.sent()) {
            Event event = events.take();
            if (event instanceof Answered answer) {
                byte[] bytes = answer.reply().bytes();
                byte[] line = Arrays.copyOf(bytes, bytes.length + 1);
                line[bytes.length] = '\n';
                streams.print(line);
                answered++;
                window.release();
            } else if (event instanceof Failed failed) {
                last = failed.reason();
                lost++;
                window.release();
            } else if (event instanceof InputEnded ended) {
                end = ended;
            }
        }
        if (lost > 0) {
            streams.complain(
                    String.format(
                            Locale.ROOT,
                            "%d of %d datagrams lost; the last: %s",
                            lost,
                            end.sent(),
                            last.getMessage()));
        }
        if (end.failure().isPresent()) {
            throw end.failure().get();
        }
        return lost == 0 ? ClientMain.OK : ClientMain.FAILED;
    }
}
