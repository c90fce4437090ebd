package io.echo.client.command;

import io.echo.client.CorruptReplyException;
import io.echo.client.EchoClient;
import io.echo.client.NoReplyException;
import io.echo.client.Reply;
import io.echo.client.StrayReply;
import io.echo.net.Protocol;
import io.echo.net.Target;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * Sends what a person types, line by line, and shows what comes back.
 *
 * <p>Everything that happens is an event in one queue, which the calling thread handles: it alone
 * writes to the screen. A daemon thread reads the keyboard, the client's thread reports the
 * network.
 */
final class Chat {
    private static final String PROMPT = "Enter a message: ";

    /** Room in the queue; beyond it stray replies are not shown, and typing ahead waits. */
    private static final int MAX_EVENTS = 1024;

    private static final double NANOS_PER_MILLI = 1e6;

    private sealed interface Event {}

    private record Typed(byte[] line) implements Event {}

    /** A line that cannot be sent. */
    private record Refused(String reason) implements Event {}

    /** The end of the typing, with the reason when reading failed. */
    private record Left(Optional<IOException> failure) implements Event {}

    private record Came(StrayReply stray) implements Event {}

    /** The end of the connection, by the peer. */
    private record Ended() implements Event {}

    private final BlockingQueue<Event> events = new LinkedBlockingQueue<>(MAX_EVENTS);
    private final StandardStreams streams;
    private final boolean udp;

    /** Exit code of what has failed so far; used by the calling thread alone. */
    private int exitCode = ClientMain.OK;

    private Chat(Target target, StandardStreams streams) {
        this.streams = streams;
        this.udp = target.protocol() == Protocol.UDP;
    }

    /** Talks until the person or the peer leaves; returns the exit code. */
    static int run(Target target, EchoClient.Options options, StandardStreams streams)
            throws IOException, InterruptedException {
        Chat chat = new Chat(target, streams);
        EchoClient.Options listening =
                options.withStrays(stray -> chat.events.offer(new Came(stray)));
        try (EchoClient client = EchoClient.connect(target, listening)) {
            client.closed().exceptionally(reason -> chat.noteEnd());
            Thread keyboard = new Thread(chat::readLines, "echo-keyboard");
            keyboard.setDaemon(true);
            keyboard.start();
            chat.talk(client);
        }
        return chat.lastWords();
    }

    /** Shows what came with the last reply or after it; returns the exit code. */
    private int lastWords() {
        for (Event event = events.poll(); event != null; event = events.poll()) {
            if (event instanceof Came came) {
                show(came.stray());
            }
        }
        return exitCode;
    }

    private void talk(EchoClient client) throws IOException, InterruptedException {
        while (true) {
            print(PROMPT);
            Event event = events.take();
            if (!(event instanceof Typed)) {
                print("\n"); // the cursor stands behind the prompt
            }
            if (event instanceof Typed typed) {
                exchange(client, typed.line());
            } else if (event instanceof Came came) {
                show(came.stray());
            } else if (event instanceof Left left) {
                if (left.failure().isPresent()) {
                    throw left.failure().get();
                }
                return;
            } else if (event instanceof Refused refused) {
                print(refused.reason() + "\n");
                failed(ClientMain.FAILED);
            }
            if (client.closed().isDone()) {
                client.closed()
                        .handle((ok, reason) -> reason.getMessage())
                        .thenAccept(streams::complain);
                failed(ClientMain.FAILED);
                return;
            }
        }
    }

    private void exchange(EchoClient client, byte[] line) throws InterruptedException {
        if (line.length == 0 && !udp) {
            return;
        }
        try {
            Reply reply = client.echo(line).get();
            print("from server: " + printable(reply.bytes()) + took(reply.roundTrip()));
        } catch (ExecutionException e) {
            boolean corrupt = e.getCause() instanceof CorruptReplyException;
            failed(corrupt ? ClientMain.CORRUPTED : ClientMain.FAILED);
            if (e.getCause() instanceof CorruptReplyException reply) {
                print("corrupt from server: " + printable(reply.bytes()) + "\n");
                return;
            }
            if (e.getCause() instanceof NoReplyException cut && cut.partial().length > 0) {
                print("from server, cut short: " + printable(cut.partial()) + "\n");
            }
            if (!client.closed().isDone()) {
                print(ClientMain.failure(e).getMessage() + "\n");
            }
        }
    }

    /** Notes a failure; a corrupt reply outweighs a loss. */
    private void failed(int code) {
        exitCode = Math.max(exitCode, code);
    }

    private void show(StrayReply stray) {
        String text = printable(stray.bytes());
        if (stray.age().isPresent()) {
            print("late from server: " + text + took(stray.age().get()));
        } else {
            print("foreign from server: " + text + "\n");
            if (!udp) {
                failed(ClientMain.CORRUPTED); // in a stream there are no strangers
            }
        }
    }

    private void readLines() {
        LineReader lines = new LineReader(streams.in());
        try {
            try {
                for (Optional<LineReader.Line> line = lines.next();
                        line.isPresent();
                        line = lines.next()) {
                    byte[] bytes = line.get().bytes();
                    Optional<String> problem = line.get().problem();
                    events.put(problem.isEmpty() ? new Typed(bytes) : new Refused(problem.get()));
                }
                events.put(new Left(Optional.empty()));
            } catch (IOException e) {
                events.put(new Left(Optional.of(e)));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // never happens: nobody has this thread
        }
    }

    private Void noteEnd() {
        // With no room in the queue, talk() sees the end after the event before it.
        events.offer(new Ended());
        return null;
    }

    private void print(String text) {
        streams.print(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String took(Duration time) {
        return String.format(Locale.ROOT, " (%.2f ms)%n", time.toNanos() / NANOS_PER_MILLI);
    }

    /** Returns the bytes as text without control characters, which could command the terminal. */
    private static String printable(byte[] bytes) {
        StringBuilder text = new StringBuilder();
        new String(bytes, StandardCharsets.UTF_8)
                .codePoints()
                .map(point -> Character.isISOControl(point) && point != '\t' ? '\uFFFD' : point)
                .forEach(text::appendCodePoint);
        return text.toString();
    }
}
