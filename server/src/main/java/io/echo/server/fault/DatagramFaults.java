package io.echo.server.fault;

import io.echo.server.loop.Shortage;
import io.echo.server.metrics.Counter;
import io.echo.server.udp.UdpPolicy;
import io.echo.server.udp.UdpVerdict;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.DatagramPacket;
import java.net.InetSocketAddress;

/**
 * Stands in front of the echo at one socket: judges what comes in as the plain port does, admits
 * trusted sources alone unless told otherwise, and hands what the echo writes to the port's {@link
 * DatagramCourse}. On the port's loop.
 */
final class DatagramFaults extends ChannelDuplexHandler {
    private final UdpPolicy policy;
    private final FaultCounters counters;
    private final DatagramCourse course;
    private final PortTrust trust;

    DatagramFaults(
            UdpPolicy policy, FaultCounters counters, DatagramCourse course, PortTrust trust) {
        this.policy = policy;
        this.counters = counters;
        this.course = course;
        this.trust = trust;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        DatagramPacket request = (DatagramPacket) msg;
        InetSocketAddress sender = request.sender();
        int length = request.content().readableBytes();
        counters.loop().add(Counter.UDP_RECEIVED, 1);
        UdpVerdict verdict =
                policy.judge(
                        sender,
                        request.content(),
                        request.content().readerIndex(),
                        length,
                        System.nanoTime());
        if (!verdict.admits()) {
            verdict.count(counters.loop(), 1, length);
            request.release();
        } else if (!trust.admits(policy.trusts(sender), sender)) {
            counters.add(FaultCounters.Own.UNTRUSTED_DATAGRAMS, 1);
            request.release();
        } else {
            ctx.fireChannelRead(new DatagramPacket(request.content(), sender));
        }
    }

    @Override
    public void write(ChannelHandlerContext ctx, Object msg, ChannelPromise promise) {
        course.run(ctx, (DatagramPacket) msg);
        promise.trySuccess();
    }

    @Override
    public void flush(ChannelHandlerContext ctx) {
        course.flush();
        ctx.flush();
    }

    /** Stops reading while replies cannot leave, so that the kernel drops and memory is bounded. */
    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        ctx.fireChannelReadComplete(); // The echo flushes.
        if (!ctx.channel().isWritable()) {
            ctx.channel().config().setAutoRead(false);
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (ctx.channel().isWritable()) {
            ctx.channel().config().setAutoRead(true);
        }
        ctx.fireChannelWritabilityChanged();
    }

    /** Ignores an error of reading: a reply that did not leave has told it by its promise. */
    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        Shortage.tellIfOfHeap(cause);
    }
}
