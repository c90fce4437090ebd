package io.echo.server.fault;

import io.echo.server.admission.SourceRules;
import io.echo.server.config.Cidr;
import io.echo.server.loop.Reset;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.net.InetSocketAddress;

/**
 * Resets connections of sources that are not trusted, at one listener. Those that are denied are
 * left to the admission behind it, which counts them. On the port's loop.
 */
final class TrustGate extends ChannelInboundHandlerAdapter {
    private final SourceRules sources;
    private final PortTrust trust;
    private final FaultCounters counters;

    TrustGate(SourceRules sources, PortTrust trust, FaultCounters counters) {
        this.sources = sources;
        this.trust = trust;
        this.counters = counters;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        Channel connection = (Channel) msg;
        if (connection.remoteAddress() instanceof InetSocketAddress peer && !admits(peer)) {
            counters.add(FaultCounters.Own.UNTRUSTED_CONNECTIONS, 1);
            Reset.onClose(connection);
            connection.unsafe().closeForcibly();
        } else {
            ctx.fireChannelRead(msg);
        }
    }

    private boolean admits(InetSocketAddress peer) {
        byte[] address = peer.getAddress().getAddress();
        long high = Cidr.high(address);
        long low = Cidr.low(address);
        return !sources.isAllowed(high, low) || trust.admits(sources.isTrusted(high, low), peer);
    }
}
