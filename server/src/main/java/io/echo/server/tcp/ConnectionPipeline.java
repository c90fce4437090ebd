package io.echo.server.tcp;

import io.echo.server.loop.Loop;
import io.netty.channel.socket.SocketChannel;

/** Builds the pipeline of the connections that one listener accepts. */
public interface ConnectionPipeline {
    /** Adds the handlers of a connection that was admitted. On its loop, before it is active. */
    void build(SocketChannel channel, Loop loop);
}
