package io.echo.server.tls;

import io.echo.net.Transport;
import io.echo.net.workarounds.IoUringReads;
import io.echo.server.loop.Loop;
import io.echo.server.tcp.AckWatch;
import io.echo.server.tcp.ConnectionPipeline;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.ChannelHandler;
import io.netty.channel.socket.SocketChannel;
import java.util.concurrent.Executor;

/**
 * The pipeline of a connection over TLS: {@link HandshakeGate}, {@link TlsEngine}, {@link TlsGuard}
 * and the echo.
 *
 * <p>Signatures and key exchanges are worked out on threads of their own, so that a flood of
 * handshakes does not hold up the loops, on which datagrams are echoed.
 */
public final class TlsPipeline implements ConnectionPipeline {
    private final Transport transport;
    private final TlsContext context;
    private final Executor workers;
    private final Handshakes handshakes;
    private final AckWatch acks;
    private final ChannelHandler echo;

    /**
     * Makes the pipelines of a server.
     *
     * @param workers does the work of handshakes; the server ends it after its loops
     * @param echo the one instance that all connections share; stands behind each guard
     */
    public TlsPipeline(
            Transport transport,
            TlsContext context,
            Executor workers,
            Handshakes handshakes,
            AckWatch acks,
            ChannelHandler echo) {
        this.transport = transport;
        this.context = context;
        this.workers = workers;
        this.handshakes = handshakes;
        this.acks = acks;
        this.echo = echo;
    }

    @Override
    public void setBuffers(SocketChannel channel, Loop loop) {
        // Half a record waits in its buffer: not in one of the loop's, which are large and few.
        channel.config()
                .setRecvByteBufAllocator(
                        transport == Transport.IO_URING
                                ? new IoUringReads(channel)
                                : new AdaptiveRecvByteBufAllocator());
    }

    @Override
    public void build(SocketChannel channel, Loop loop) {
        HandshakeGate gate = new HandshakeGate();
        TlsEngine engine =
                new TlsEngine(context.current().newEngine(channel.alloc()), workers, gate);
        channel.pipeline()
                .addLast(gate, engine, new TlsGuard(loop, acks, engine, gate, handshakes), echo);
    }
}
