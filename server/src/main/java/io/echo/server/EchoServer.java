package io.echo.server;

import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.socket.DatagramChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An echo service: owns the event loops and every channel on them.
 *
 * <p>Runs from {@link #start} to {@link #close}; there is no way back. Several may run in one
 * process. No signal handlers, no shutdown hook, no output but a log line at either end.
 */
public final class EchoServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(EchoServer.class);

    /** With port 0, how often a number that is free here but not there is given back. */
    private static final int PORT_TRIES = 64;

    private final ServerConfig config;
    private final MultiThreadIoEventLoopGroup loops;
    private final UdpEcho udp;
    private final TcpEcho tcp;

    /** Every bound socket, in the order of binding. Guarded by this. */
    private final List<Channel> sockets = new ArrayList<>();

    /** Set by {@link #start}. */
    private Optional<AdminServer> admin = Optional.empty();

    /** Whether every socket is bound; written by the starting and the closing thread. */
    private volatile boolean ready;

    /** Guarded by this. */
    private boolean closed;

    private EchoServer(ServerConfig config) {
        ServerConfig.Listen listen = config.listen();
        this.config = config;
        this.loops =
                new MultiThreadIoEventLoopGroup(
                        listen.loops(),
                        new DefaultThreadFactory("echo-io", true),
                        listen.transport().newIoHandlerFactory());
        List<EventLoop> each = new ArrayList<>();
        for (EventExecutor loop : loops) {
            each.add((EventLoop) loop);
        }
        this.udp = new UdpEcho(listen.transport(), each);
        this.tcp = new TcpEcho(listen.transport(), loops);
    }

    /**
     * Starts a server that answers on every configured socket when this method returns.
     *
     * <p>Blocks until then; do not call on an event loop.
     *
     * @throws IOException when this machine says no: a port in use, an address that is not ours, a
     *     name that does not resolve, a transport that is not available, no descriptors left. The
     *     message is one line; everything opened so far has been released
     */
    public static EchoServer start(ServerConfig config) throws IOException {
        config.listen().transport().requireAvailable();
        EchoServer server;
        try {
            server = new EchoServer(config);
        } catch (IllegalStateException | ChannelException e) {
            throw new IOException("event loops must open, got " + rootMessage(e), e);
        }
        try {
            server.open();
            return server;
        } catch (IOException | RuntimeException e) {
            server.close();
            throw e;
        }
    }

    /** Where this server listens; the same from start to close. */
    public synchronized Addresses addresses() {
        Set<InetSocketAddress> udpAddresses = new LinkedHashSet<>();
        List<InetSocketAddress> tcpAddresses = new ArrayList<>();
        for (Channel socket : sockets) {
            if (socket instanceof DatagramChannel) {
                udpAddresses.add((InetSocketAddress) socket.localAddress());
            } else {
                tcpAddresses.add((InetSocketAddress) socket.localAddress());
            }
        }
        return new Addresses(
                List.copyOf(udpAddresses), tcpAddresses, admin.map(AdminServer::address));
    }

    /**
     * Stops listening, closes every socket and ends every event loop.
     *
     * <p>Idempotent, and bounded to a few seconds. Call from any thread except an event loop, which
     * would wait for itself.
     */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        boolean started = ready;
        ready = false;
        sockets.forEach(Channel::close);
        sockets.forEach(socket -> socket.closeFuture().awaitUninterruptibly());
        tcp.connections().close().awaitUninterruptibly();
        udp.close();
        loops.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
        admin.ifPresent(AdminServer::close);
        if (started) {
            LOG.info("stopped");
        }
    }

    /** The open connections. */
    ChannelGroup connections() {
        return tcp.connections();
    }

    /** The bound sockets: datagram channels and listeners. */
    synchronized List<Channel> sockets() {
        return List.copyOf(sockets);
    }

    private synchronized void open() throws IOException {
        if (config.admin().isPresent()) {
            admin = Optional.of(AdminServer.start(config.admin().get(), () -> ready));
        }
        BindPlan plan = BindPlan.of(config.listen().hosts());
        for (int tries = PORT_TRIES; ; tries--) {
            try {
                bindAll(plan, config.listen().port());
                break;
            } catch (BindFailure e) {
                sockets.forEach(socket -> socket.close().awaitUninterruptibly());
                sockets.clear();
                boolean another = e.reason() == BindFailure.Reason.PORT_IN_USE;
                if (config.listen().port() != 0 || !another || tries == 1) {
                    throw e;
                }
            }
        }
        ready = true;
        LOG.info(
                "listening {} transport={} loops={}",
                addresses(),
                config.listen().transport(),
                config.listen().loops());
    }

    private void bindAll(BindPlan plan, int wantedPort) throws IOException {
        int port = wantedPort;
        if (config.listen().protocols().contains(Protocol.TCP)) {
            for (InetAddress address : plan.tcp()) {
                Channel listener = tcp.bind(new InetSocketAddress(address, port));
                sockets.add(listener);
                port = ((InetSocketAddress) listener.localAddress()).getPort();
            }
        }
        if (config.listen().protocols().contains(Protocol.UDP)) {
            for (Map.Entry<InetAddress, Boolean> entry : plan.udp().entrySet()) {
                port = bindUdp(entry.getKey(), entry.getValue(), port);
            }
        }
    }

    private int bindUdp(InetAddress address, boolean asked, int port) throws BindFailure {
        try {
            List<Channel> shards = udp.bind(address, port);
            sockets.addAll(shards);
            return ((InetSocketAddress) shards.get(0).localAddress()).getPort();
        } catch (BindFailure e) {
            if (asked || e.reason() != BindFailure.Reason.ADDRESS_NOT_OURS) {
                throw e;
            }
            LOG.warn("udp {} is listed but cannot be bound: skipped", Addresses.text(address));
            return port;
        }
    }

    private static String rootMessage(Throwable e) {
        Throwable root = e;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return String.valueOf(root.getMessage()).lines().collect(Collectors.joining(" "));
    }
}
