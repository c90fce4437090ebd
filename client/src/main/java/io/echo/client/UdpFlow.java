package io.echo.client;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufHolder;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.SocketProtocolFamily;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.util.concurrent.CompletableFuture;

/**
 * Probes as datagrams of a connected socket; each reply names its probe.
 *
 * <p>Connected, so that the kernel hands over replies of the asked address alone and reports a
 * refused port. A refusal names no probe: the probe is simply never answered.
 */
final class UdpFlow extends ChannelInboundHandlerAdapter implements Flow {
    /** What is asked for; the kernel gives at most net.core.rmem_max. */
    private static final int SOCKET_BUFFER_BYTES = 4 << 20;

    private final Account account;
    private final Lane lane;
    private final Events events;

    /** Written once, when the channel is made. */
    private ChannelHandlerContext ctx;

    private UdpFlow(FlowConfig config, Lane lane, Events events) {
        this.account = new Account(config, lane, events);
        this.lane = lane;
        this.events = events;
    }

    static CompletableFuture<Flow> open(
            FlowConfig config, EventLoop loop, Lane lane, Events events) {
        UdpFlow flow = new UdpFlow(config, lane, events);
        SocketProtocolFamily family =
                config.remote().getAddress() instanceof Inet4Address
                        ? SocketProtocolFamily.INET
                        : SocketProtocolFamily.INET6;
        Bootstrap bootstrap =
                new Bootstrap()
                        .group(loop)
                        .channelFactory(config.transport().datagramChannels(family))
                        .option(ChannelOption.RECVBUF_ALLOCATOR, lane.receiveAllocator())
                        .option(ChannelOption.SO_RCVBUF, SOCKET_BUFFER_BYTES)
                        .option(ChannelOption.SO_SNDBUF, SOCKET_BUFFER_BYTES)
                        .option(
                                ChannelOption.WRITE_BUFFER_WATER_MARK,
                                new WriteBufferWaterMark(
                                        config.queueBytes() / 2, config.queueBytes()))
                        .handler(flow);
        return config.connect(flow, bootstrap);
    }

    @Override
    public long send(long intendedNs, boolean measured) {
        long sequence = account.ledger().next();
        if (!ctx.channel().isWritable()) {
            account.skip(measured);
            return sequence;
        }
        ctx.write(account.send(ctx.alloc(), intendedNs, measured), ctx.voidPromise());
        return sequence;
    }

    @Override
    public void flush() {
        ctx.flush();
        lane.flushed();
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object msg) {
        // Which of the two it is depends on the transport.
        ByteBuf content = msg instanceof ByteBufHolder holder ? holder.content() : (ByteBuf) msg;
        try {
            account.replied(this, content);
        } finally {
            content.release();
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        events.drained(this);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        events.refused(this, cause);
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        ctx = context;
    }

    @Override
    public void expire(long nowNs) {
        account.expire(this, nowNs);
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
    public long connectNs() {
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
