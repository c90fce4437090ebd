package io.echo.client.command;

import io.echo.cli.FlagValues;
import io.echo.client.CorruptReplyException;
import io.echo.client.EchoClient;
import io.echo.client.NoReplyException;
import io.echo.client.socket.LayerFlags;
import io.echo.net.Protocol;
import io.echo.net.Target;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Sends one message and prints what comes back. */
@Command(
        name = "send",
        description = "Send one message; print its reply and a newline.",
        customSynopsis = "echo-client send [FLAGS] TARGET TEXT",
        sortOptions = false,
        footer = {"", FlagValues.TIME_HELP},
        mixinStandardHelpOptions = true,
        addMethodSubcommands = false)
final class SendCommand implements Callable<Integer> {
    /** Time for which a TCP peer may end the stream once it has replied and been told the end. */
    private static final long END_MS = 200;

    private final StandardStreams streams;

    @Parameters(
            index = "0",
            paramLabel = "TARGET",
            converter = ConnectFlags.TargetText.class,
            description = ClientMain.TARGET_HELP)
    private Target target;

    @Parameters(index = "1", paramLabel = "TEXT", description = "The message; sent as UTF-8.")
    private String text;

    @Mixin private ConnectFlags flags;

    @ArgGroup(validate = false, heading = LayerFlags.HEADING)
    private LayerFlags layers = new LayerFlags();

    SendCommand(StandardStreams streams) {
        this.streams = streams;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        EchoClient.Options options = ClientMain.options(target, flags, layers, streams);
        ClientMain.nameAddress(target, options, streams);
        byte[] message = text.getBytes(StandardCharsets.UTF_8);
        BlockingQueue<byte[]> surplus = new LinkedBlockingQueue<>();
        CompletableFuture<Void> more = new CompletableFuture<>();
        byte[] reply;
        try (EchoClient client =
                EchoClient.connect(
                        target,
                        options.withStrays(
                                stray -> {
                                    surplus.add(stray.bytes());
                                    more.complete(null);
                                }))) {
            reply = client.echo(message).get().bytes();
            if (target.protocol() == Protocol.TCP) {
                client.endMessages();
                awaitAny(client.closed(), more);
            }
        } catch (ExecutionException e) {
            if (e.getCause() instanceof NoReplyException cut && cut.partial().length > 0) {
                printLine(cut.partial());
            } else if (e.getCause() instanceof CorruptReplyException corrupt) {
                printLine(corrupt.bytes());
            }
            if (target.protocol() == Protocol.UDP && !surplus.isEmpty()) {
                streams.complain(
                        "what came is no reply to this message (datagrams: "
                                + surplus.size()
                                + ")");
            }
            throw ClientMain.failure(e);
        }
        // The client is closed, and with it its thread: nothing is added any more.
        if (target.protocol() == Protocol.UDP || surplus.isEmpty()) {
            printLine(reply);
            return ClientMain.OK;
        }
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.writeBytes(reply);
        surplus.forEach(all::writeBytes);
        printLine(all.toByteArray());
        streams.complain(
                "corrupt reply: " + all.size() + " bytes, " + message.length + " were sent");
        return ClientMain.CORRUPTED;
    }

    /** Waits for the peer's end of the stream or for more of it, but only a moment. */
    private static void awaitAny(CompletableFuture<Void> closed, CompletableFuture<Void> more)
            throws InterruptedException {
        try {
            CompletableFuture.anyOf(closed, more).get(END_MS, TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException e) {
            // The reply is whole, however the connection ends, or if it does not.
        }
    }

    private void printLine(byte[] reply) {
        byte[] line = Arrays.copyOf(reply, reply.length + 1);
        line[reply.length] = '\n';
        streams.print(line);
    }
}
