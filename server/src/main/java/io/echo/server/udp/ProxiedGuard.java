package io.echo.server.udp;

import io.echo.server.metrics.LoopCounters;
import io.echo.server.metrics.TimeHistogram;
import io.echo.server.proxy.ProxyHeader;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.DatagramPacket;

/**
 * The guard of a channel that balancers ask, too ({@code --proxy-from}).
 *
 * <p>What a balancer sends begins with a PROXY header, which is taken off and is part of no count.
 * The datagram is judged twice then: for the balancer, to whose address and port the answer goes
 * without a header, and for the client that the header names. Where it names none, the balancer is
 * judged as any sender. Without a header that is right, the datagram is dropped whole. From all
 * others the same bytes are payload.
 */
public final class ProxiedGuard extends UdpGuard {
    private final ProxyHeader header = new ProxyHeader();

    /** Makes the guard of one channel. */
    public ProxiedGuard(UdpPolicy policy, LoopCounters counters, TimeHistogram times) {
        super(policy, counters, times);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        DatagramPacket request = (DatagramPacket) msg;
        if (!policy.isOfBalancer(request.sender())) {
            super.channelRead(ctx, request);
            return;
        }
        ByteBuf content = request.content();
        int length = content.readableBytes();
        int bytes = header.read(content, content.readerIndex(), length);
        content.skipBytes(bytes);
        if (bytes == 0) {
            noteReceived(1, length);
            drop(request, UdpVerdict.PROXY);
        } else if (header.namesClient()) {
            noteReceived(1, length - bytes);
            decide(ctx, request, bytes);
        } else {
            super.channelRead(ctx, request);
        }
    }

    /** Answers or drops a datagram from which the header has been taken off. */
    private void decide(ChannelHandlerContext ctx, DatagramPacket request, int headerBytes) {
        ByteBuf content = request.content();
        int at = content.readerIndex();
        int length = content.readableBytes();
        UdpVerdict verdict =
                policy.judgeBalancer(
                        request.sender(),
                        content,
                        at - headerBytes,
                        length + headerBytes,
                        length,
                        nowNs());
        if (verdict == UdpVerdict.ADMITTED) {
            verdict = policy.judgeClient(header, content, at, length, nowNs());
        }
        if (verdict == UdpVerdict.ADMITTED) {
            admit(ctx, request);
        } else {
            drop(request, verdict);
        }
    }
}
