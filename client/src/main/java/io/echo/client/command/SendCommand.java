package io.echo.client.command;

import io.echo.cli.FlagValues;
import io.echo.client.CorruptReplyException;
import io.echo.client.EchoClient;
import io.echo.client.NoReplyException;
import io.echo.net.Target;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
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
        mixinStandardHelpOptions = true)
final class SendCommand implements Callable<Integer> {
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

    SendCommand(StandardStreams streams) {
        this.streams = streams;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        ClientMain.nameAddress(target, flags.options(), streams);
        try (EchoClient client = EchoClient.connect(target, flags.options())) {
            printLine(client.echo(text.getBytes(StandardCharsets.UTF_8)).get().bytes());
            return ClientMain.OK;
        } catch (ExecutionException e) {
            if (e.getCause() instanceof NoReplyException cut && cut.partial().length > 0) {
                printLine(cut.partial());
            } else if (e.getCause() instanceof CorruptReplyException corrupt) {
                printLine(corrupt.bytes());
            }
            throw ClientMain.failure(e);
        }
    }

    private void printLine(byte[] reply) {
        byte[] line = Arrays.copyOf(reply, reply.length + 1);
        line[reply.length] = '\n';
        streams.print(line);
    }
}
