package io.echo.client.command;

import io.echo.cli.FlagValues;
import io.echo.client.EchoClient;
import io.echo.client.socket.ClientSocket;
import io.echo.client.socket.FailureReason;
import io.echo.client.tls.TlsFailure;
import io.echo.net.Protocol;
import io.echo.net.Target;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.io.IOException;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;

/**
 * Sends the bytes of input over one connection and prints the bytes that come back.
 *
 * <pre>
 *   input  ---[echo-input]---> InputSender: a few chunks --[loop]---> socket
 *   output <----[caller]------ received: one batch of reads <-[loop]- socket
 * </pre>
 *
 * <p>The channel reads only when the caller asks, once everything before is printed: slow output
 * stops the reading, a peer that takes nothing stops the input, and neither costs memory. When the
 * next step is the peer's, it must take or return a byte within the timeout; input and output may
 * take any time.
 */
final class TcpPipe extends ChannelInboundHandlerAdapter {
    /** A mark for the end of the stream; Netty itself delivers no empty buffers. */
    private static final ByteBuf END = Unpooled.EMPTY_BUFFER;

    /** Buffers to print; who takes one must release it. */
    private final BlockingQueue<ByteBuf> received = new LinkedBlockingQueue<>();

    private final Target target;
    private final EchoClient.Options options;
    private final StandardStreams streams;
    private final StreamCheck check = new StreamCheck();

    /** Bytes received and printed; used by the caller alone. */
    private long returned;

    /** The reason why the stream broke; written by the loop before {@link #END} is queued. */
    private Throwable cause;

    private TcpPipe(Target target, EchoClient.Options options, StandardStreams streams) {
        this.target = target;
        this.options = options;
        this.streams = streams;
    }

    /** Runs until the peer has returned everything and ended the stream; returns the exit code. */
    static int run(
            Target target,
            EchoClient.Options options,
            StandardStreams streams,
            Supplier<CompletableFuture<Integer>> interrupt)
            throws IOException, InterruptedException {
        // The last attempt's: the pipeline no longer has it if the peer has closed by now.
        AtomicReference<TcpPipe> made = new AtomicReference<>();
        ClientSocket socket =
                ClientSocket.open(
                        target,
                        options.timeout(),
                        options.transport(),
                        false,
                        options.layers().orElse(pipeline -> {}),
                        () -> {
                            made.set(new TcpPipe(target, options, streams));
                            return made.get();
                        });
        Channel channel = socket.channel();
        TcpPipe pipe = made.get();
        CompletableFuture<Integer> stop = interrupt.get();
        // Nothing to print: the caller looks at what is owed now.
        Runnable wake = () -> pipe.received.add(Unpooled.buffer(0));
        InputSender sender = InputSender.start(streams.in(), channel, pipe.check, wake);
        try {
            stop.thenRun(() -> pipe.received.add(END));
            pipe.transfer(channel, sender, stop);
            return pipe.exitCode(ClientMain.OK);
        } catch (IOException e) {
            streams.complain(e.getMessage());
            return pipe.exitCode(stop.getNow(ClientMain.FAILED));
        } finally {
            sender.stop();
            socket.close();
            pipe.received.forEach(ByteBuf::release);
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        received.add((ByteBuf) msg);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable thrown) {
        cause = thrown;
        ctx.close();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        received.add(END);
        ctx.fireChannelInactive();
    }

    private void transfer(Channel channel, InputSender sender, CompletableFuture<Integer> stop)
            throws IOException, InterruptedException {
        for (ByteBuf bytes = next(channel, sender); bytes != END; bytes = next(channel, sender)) {
            try {
                byte[] piece = ByteBufUtil.getBytes(bytes);
                returned += piece.length;
                check.returned(piece);
                streams.print(piece);
            } finally {
                bytes.release();
            }
        }
        if (stop.isDone()) {
            throw incomplete("interrupted", sender);
        }
        if (sender.failure().isPresent()) {
            throw sender.failure().get();
        }
        boolean cutOff = TlsFailure.is(cause, TlsFailure.Kind.CUT_OFF);
        if (!sender.hasEnded() || returned < sender.sent() || cutOff) {
            throw incomplete(
                    cause == null
                            ? "connection closed by the peer"
                            : FailureReason.of(Protocol.TCP, cause, options.timeout()),
                    sender);
        }
    }

    /**
     * Tells where the stream came back corrupt, and returns the exit code of that, or the other.
     */
    private int exitCode(int otherwise) {
        Optional<String> difference = check.difference();
        difference.ifPresent(phrase -> streams.complain(target + ": corrupt, " + phrase));
        return difference.isPresent() ? ClientMain.CORRUPTED : otherwise;
    }

    /** Waits for bytes, or for {@link #END}. */
    private ByteBuf next(Channel channel, InputSender sender)
            throws IOException, InterruptedException {
        ByteBuf bytes = received.poll();
        if (bytes != null) {
            return bytes;
        }
        if (sender.hasEnded() && returned >= sender.sent()) {
            sender.endStream();
        }
        channel.read();
        long timeoutNs = options.timeout().toNanos();
        long sinceNs = System.nanoTime();
        while (true) {
            long quietFromNs = sender.progressNs() - sinceNs > 0 ? sender.progressNs() : sinceNs;
            long leftNs = quietFromNs + timeoutNs - System.nanoTime();
            if (!sender.isPeersTurn()) {
                leftNs = timeoutNs;
            } else if (leftNs <= 0) {
                if (sender.hasEnded() && returned >= sender.sent()) {
                    return END; // all is back, though the peer keeps the connection open
                }
                throw incomplete("no byte within " + FlagValues.show(options.timeout()), sender);
            }
            bytes = received.poll(leftNs, TimeUnit.NANOSECONDS);
            if (bytes != null) {
                return bytes;
            }
        }
    }

    private IOException incomplete(String reason, InputSender sender) {
        return new IOException(
                String.format(
                        Locale.ROOT,
                        "%s: %s after %d of %d bytes came back%s",
                        target,
                        reason,
                        returned,
                        sender.sent(),
                        sender.hasEnded() ? "" : ", with more to send"),
                cause);
    }
}
