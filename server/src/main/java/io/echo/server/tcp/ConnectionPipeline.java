package io.echo.server.tcp;

import io.echo.server.loop.Loop;
import io.netty.channel.socket.SocketChannel;

/** Builds the pipeline of the connections that one listener accepts. */
public interface ConnectionPipeline {
    /** Sets what a connection reads into. On its loop, before its first read. */
    void setBuffers(SocketChannel channel, Loop loop);

    /**
     * Adds the handlers of a connection that was admitted. On its loop, before it is active or told
     * that it is.
     */
    void build(SocketChannel channel, Loop loop);
}
