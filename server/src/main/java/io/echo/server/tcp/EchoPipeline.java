package io.echo.server.tcp;

import io.echo.net.Transport;
import io.echo.net.workarounds.IoUringReads;
import io.echo.server.loop.Loop;
import io.echo.server.metrics.LoopCounters;
import io.echo.server.metrics.TimeHistogram;
import io.netty.channel.ChannelHandler;
import io.netty.channel.socket.SocketChannel;

/** The pipeline of a plain connection: {@link TcpGuard} and the echo. */
public final class EchoPipeline implements ConnectionPipeline {
    private final Transport transport;
    private final TcpAdmission admission;
    private final AckWatch acks;
    private final ChannelHandler echo;

    /**
     * Makes the pipelines of a server.
     *
     * @param echo the one instance that all connections share; stands behind each guard
     */
    public EchoPipeline(
            Transport transport, TcpAdmission admission, AckWatch acks, ChannelHandler echo) {
        this.transport = transport;
        this.admission = admission;
        this.acks = acks;
        this.echo = echo;
    }

    @Override
    public void setBuffers(SocketChannel channel, Loop loop) {
        channel.config()
                .setRecvByteBufAllocator(
                        transport == Transport.IO_URING // It holds a buffer while it waits.
                                ? new IoUringReads(channel)
                                : loop.buffers().streams());
    }

    @Override
    public void build(SocketChannel channel, Loop loop) {
        channel.pipeline().addLast(newGuard(channel, loop), echo);
    }

    private TcpGuard newGuard(SocketChannel channel, Loop loop) {
        return admission.isProbe(channel)
                ? new TcpGuard(
                        new LoopCounters(), new TimeHistogram(), acks) // Only the prober counts it.
                : new TcpGuard(loop.counters(), loop.tcpTimes(), acks);
    }
}
