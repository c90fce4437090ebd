package io.echo.server.udp;

import io.echo.server.loop.Loop;
import io.netty.channel.socket.DatagramChannel;

/** Builds the pipelines of the datagram sockets of one port. */
public interface DatagramPipeline {
    /**
     * Adds the handlers of a socket. On its loop, before it is bound.
     *
     * @param policy the rules for what asks its address
     */
    void build(DatagramChannel channel, Loop loop, UdpPolicy policy);
}
