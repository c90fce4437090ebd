package io.echo.server.tls;

import io.echo.net.Transport;
import io.echo.server.config.ServerConfig;
import io.echo.server.config.TlsPort;
import io.echo.server.loop.BindFailure;
import io.echo.server.loop.BindPlan;
import io.echo.server.loop.Loops;
import io.echo.server.metrics.MetricFamily;
import io.echo.server.tcp.AckWatch;
import io.echo.server.tcp.ConnectionPipeline;
import io.echo.server.tcp.Listeners;
import io.echo.server.tcp.TcpBinder;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.UnaryOperator;

/**
 * The echo over TLS of one server: its files, its listeners, and the threads that work out
 * handshakes. Not thread-safe: the server that owns it holds its lock.
 */
public final class TlsEcho {
    private final TlsPort port;
    private final TlsContext context;
    private final Handshakes handshakes = new Handshakes();
    private final ExecutorService workers;
    private final Listeners listeners;

    /**
     * Makes one without listeners.
     *
     * @param echo the one instance that all connections share
     * @param before puts in front of a pipeline what connections have to say first
     */
    public TlsEcho(
            TlsPort port,
            TlsContext context,
            Transport transport,
            TcpBinder binder,
            AckWatch acks,
            ChannelHandler echo,
            UnaryOperator<ConnectionPipeline> before) {
        this.port = port;
        this.context = context;
        this.workers =
                Executors.newFixedThreadPool(
                        Math.max(1, Runtime.getRuntime().availableProcessors() / 2),
                        new DefaultThreadFactory("echo-tls", true));
        this.listeners =
                new Listeners(
                        binder,
                        transport,
                        "--tls-port",
                        before.apply(
                                new TlsPipeline(
                                        transport, context, workers, handshakes, acks, echo)));
    }

    /**
     * Starts the loops of a server with TLS. What {@link TlsEngine} holds back is written after the
     * peer has finished, which Netty's epoll loses bytes of.
     */
    public static Loops newLoops(ServerConfig.Listen listen) {
        Transport on = listen.transport();
        return new Loops(on, on.newLastingIoHandlerFactory(), listen.loops(), Loops.THREADS);
    }

    /** Binds every address of the plan. */
    public void bind(BindPlan plan) throws BindFailure {
        listeners.bind(plan, port.port());
    }

    /** Accepts connections from now on. */
    public void accept() {
        listeners.accept();
    }

    /** Returns the bound addresses. */
    public List<InetSocketAddress> addresses() {
        return listeners.addresses();
    }

    /** Returns every listener. */
    public List<Channel> channels() {
        return listeners.channels();
    }

    /** Forgets every listener; the caller has closed them. */
    public void clear() {
        listeners.clear();
    }

    /** Looks at the files; one thread, now and then. */
    public void follow() {
        context.follow();
    }

    /** Logs how many handshakes have failed since the last call; one thread. */
    public void logFailed() {
        handshakes.logFailed();
    }

    /** Returns the metrics of TLS. */
    public List<MetricFamily> metrics() {
        return handshakes.metrics(context);
    }

    /** Ends the threads; when no connection is left. */
    public void close() {
        workers.shutdown();
    }
}
