package io.echo.server.tcp;

import io.echo.net.Transport;
import io.echo.server.loop.BindFailure;
import io.echo.server.loop.BindPlan;
import io.netty.channel.Channel;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;

/** The listeners of one port. Not thread-safe: the server that owns them holds its lock. */
public final class Listeners {
    private final TcpBinder binder;
    private final Transport transport;
    private final String portFlag;
    private final ConnectionPipeline pipeline;
    private final List<Channel> bound = new ArrayList<>();

    /**
     * Makes one without listeners.
     *
     * @param portFlag names the port in errors
     * @param pipeline builds the pipelines of their connections
     */
    public Listeners(
            TcpBinder binder, Transport transport, String portFlag, ConnectionPipeline pipeline) {
        this.binder = binder;
        this.transport = transport;
        this.portFlag = portFlag;
        this.pipeline = pipeline;
    }

    /**
     * Binds every address of the plan.
     *
     * @param wantedPort 0 for any free one, the same on every address
     * @return the port that was bound
     */
    public int bind(BindPlan plan, int wantedPort) throws BindFailure {
        int port = wantedPort;
        for (BindPlan.Listener wanted : plan.listeners(transport)) {
            Channel listener = binder.bind(wanted, port, portFlag, pipeline);
            bound.add(listener);
            port = ((InetSocketAddress) listener.localAddress()).getPort();
        }
        return port;
    }

    /** Accepts connections from now on: those that wait, and all that come. */
    public void accept() {
        bound.forEach(listener -> listener.config().setAutoRead(true));
    }

    /** Returns the bound addresses. */
    public List<InetSocketAddress> addresses() {
        return bound.stream().map(l -> (InetSocketAddress) l.localAddress()).toList();
    }

    /** Returns every listener. */
    public List<Channel> channels() {
        return List.copyOf(bound);
    }

    /** Forgets every listener; the caller has closed them. */
    public void clear() {
        bound.clear();
    }
}
