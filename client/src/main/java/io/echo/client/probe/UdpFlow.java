package io.echo.client.probe;

import io.echo.net.Transport;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufHolder;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.unix.Errors;
import io.netty.channel.unix.SegmentedDatagramPacket;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * Probes as datagrams of a connected socket; each reply names its probe.
 *
 * <p>Connected, so that the kernel delivers replies of that address alone and reports a refused
 * port. A refusal names no probe: the probe is simply never answered.
 *
 * <p>Trains ({@link FlowConfig#train}) leave as one segmented send, which takes one trip through
 * the kernel, and what came together is received as one; each datagram is on the wire, and in the
 * books, as if it had been sent alone.
 */
final class UdpFlow extends ChannelInboundHandlerAdapter implements Flow {
    /** Buffer size asked for; the kernel gives at most net.core.rmem_max. */
    private static final int SOCKET_BUFFER_BYTES = 4 << 20;

    /**
     * Errors of Linux for a train that is too long (EINVAL), of datagrams too large for the path
     * (EINVAL, EMSGSIZE), or of which the device cannot compute the checksums (EIO).
     */
    private static final Set<Integer> IMPOSSIBLE = Set.of(-22, -90, -5);

    private final FlowConfig config;
    private final FlowAccounting account;
    private final LoopBuffers buffers;
    private final Events events;

    /** True if one system call may carry several datagrams; if not, each is timed by itself. */
    private final boolean batches;

    /** Written once, when the channel is made. */
    private ChannelHandlerContext ctx;

    /** The train being filled, if any, and the probes in it; written by the event loop. */
    private ByteBuf train;

    private int inTrain;

    private UdpFlow(FlowConfig config, LoopBuffers buffers, Events events) {
        this.config = config;
        this.account = new FlowAccounting(config, buffers, events);
        this.buffers = buffers;
        this.batches = config.transport() != Transport.NIO;
        this.events = events;
    }

    static CompletableFuture<Flow> open(
            FlowConfig config, EventLoop loop, LoopBuffers buffers, Events events) {
        UdpFlow flow = new UdpFlow(config, buffers, events);
        Bootstrap bootstrap =
                new Bootstrap()
                        .group(loop)
                        .channelFactory(
                                config.transport()
                                        .datagramChannels(
                                                Transport.family(config.remote().getAddress())))
                        .option(
                                ChannelOption.RECVBUF_ALLOCATOR,
                                buffers.receiveAllocator(flow::readEmpty))
                        .option(ChannelOption.SO_RCVBUF, SOCKET_BUFFER_BYTES)
                        .option(ChannelOption.SO_SNDBUF, SOCKET_BUFFER_BYTES)
                        .option(
                                ChannelOption.WRITE_BUFFER_WATER_MARK,
                                new WriteBufferWaterMark(
                                        config.queueBytes() / 2, config.queueBytes()))
                        .handler(config.first(flow));
        return config.connect(flow, bootstrap);
    }

    @Override
    public long send(long intendedNs, boolean measured) {
        long sequence = account.ledger().next();
        if (!ctx.channel().isWritable()) {
            account.skip(this, intendedNs, measured);
            return sequence;
        }
        if (config.train() > 1) {
            addToTrain(intendedNs, measured);
        } else {
            ByteBuf probe = account.send(buffers.outgoing(ctx.alloc()), intendedNs, measured);
            ctx.write(probe, ctx.voidPromise());
            if (!batches) {
                account.flush(ctx);
            }
        }
        return sequence;
    }

    private void addToTrain(long intendedNs, boolean measured) {
        if (train == null) {
            train = buffers.outgoing(ctx.alloc());
        }
        account.send(train, intendedNs, measured);
        inTrain++;
        if (inTrain == config.train()) {
            sendTrain();
        }
    }

    private void sendTrain() {
        ctx.write(
                new SegmentedDatagramPacket(train, config.sizes().largest(), config.remote()),
                ctx.voidPromise());
        train = null;
        inTrain = 0;
    }

    @Override
    public void flush() {
        if (train != null) {
            sendTrain();
        }
        account.flush(ctx);
        buffers.flushed();
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object msg) {
        // NIO delivers packets here, the native transports plain buffers.
        ByteBuf content = msg instanceof ByteBufHolder holder ? holder.content() : (ByteBuf) msg;
        account.look(ctx);
        try {
            account.replied(this, content);
        } finally {
            content.release();
        }
    }

    /** Counts an empty datagram, which Netty takes for the end of a stream after recv(2). */
    private void readEmpty() {
        if (config.train() == 1) {
            account.look(ctx);
            account.replied(this, Unpooled.EMPTY_BUFFER);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        events.drained(this);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (config.train() > 1
                && cause instanceof Errors.NativeIoException error
                && IMPOSSIBLE.contains(error.expectedErr())) {
            String what = config.train() + " datagrams of " + config.sizes().largest() + " B";
            events.failed(this, new IOException(what + ": " + error.getMessage(), error));
            return;
        }
        boolean closed =
                cause instanceof PortUnreachableException || cause instanceof ConnectException;
        if (!closed && !isOfRead(cause)) {
            // This machine did not send it: no route, or longer than the path takes.
            account.unsent(config.train());
        }
        events.refused(this, cause);
    }

    /**
     * Tells whether a read failed: that tells of a probe that left, by ICMP from a host on the way.
     */
    private static boolean isOfRead(Throwable cause) {
        if (cause instanceof Errors.NativeIoException) {
            return String.valueOf(cause.getMessage()).contains("recv");
        }
        StackTraceElement[] trace = cause.getStackTrace();
        String call = trace.length == 0 ? "" : trace[0].getMethodName();
        return call.startsWith("receive") || call.startsWith("read");
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        ctx = context;
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        // Netty reads with recvmsg(2) where datagrams may come joined, else with recv(2), which
        // takes less of a core; other transports ignore the option.
        context.channel().config().setOption(EpollChannelOption.UDP_GRO, config.train() > 1);
    }

    @Override
    public void expire(long nowNs) {
        account.look(ctx);
        account.expire(this, nowNs);
    }

    @Override
    public boolean owed() {
        return account.ledger().owes();
    }

    @Override
    public long intendedNs(long sequence) {
        return account.ledger().recentIntendedNs(sequence);
    }

    @Override
    public Optional<FlowStats> takeStats() {
        return account.takeStats();
    }

    @Override
    public int measuredInFlight() {
        return account.measuredInFlight();
    }

    @Override
    public int inFlight() {
        return account.ledger().inFlight();
    }

    @Override
    public boolean writable() {
        return ctx.channel().isWritable();
    }

    @Override
    public boolean open() {
        return ctx.channel().isActive();
    }

    @Override
    public boolean answered() {
        return account.ledger().answered();
    }

    @Override
    public boolean mute() {
        return account.ledger().mute();
    }

    @Override
    public long connectNs() {
        return 0;
    }

    @Override
    public long handshakeNs() {
        return 0;
    }

    @Override
    public InetSocketAddress localAddress() {
        return (InetSocketAddress) ctx.channel().localAddress();
    }

    @Override
    public CompletableFuture<Void> close() {
        CompletableFuture<Void> closed = new CompletableFuture<>();
        ctx.channel().close().addListener(done -> closed.complete(null));
        return closed;
    }
}
