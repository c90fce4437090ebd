package io.echo.server.proxy;

import io.echo.server.loop.Loop;
import io.echo.server.tcp.ConnectionPipeline;
import io.echo.server.tcp.TcpAdmission;
import io.netty.channel.socket.SocketChannel;

/**
 * Has the connections of balancers wait for their PROXY header, and builds the pipelines of all
 * others at once.
 */
public final class ProxyPipeline implements ConnectionPipeline {
    private final ConnectionPipeline inner;
    private final TcpAdmission admission;

    /**
     * Makes one for a server that has balancers.
     *
     * @param inner builds what follows the header, and the pipelines of all others
     */
    public ProxyPipeline(ConnectionPipeline inner, TcpAdmission admission) {
        this.inner = inner;
        this.admission = admission;
    }

    @Override
    public void setBuffers(SocketChannel channel, Loop loop) {
        inner.setBuffers(channel, loop);
    }

    @Override
    public void build(SocketChannel channel, Loop loop) {
        if (admission.isOfBalancer(channel)) {
            channel.pipeline().addLast(new ProxyWait(inner, admission, loop));
        } else {
            inner.build(channel, loop);
        }
    }
}
