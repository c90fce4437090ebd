package io.echo.server;

import io.echo.net.Protocol;
import io.echo.server.admin.AdminPages;
import io.echo.server.admin.AdminServer;
import io.echo.server.admin.DropLog;
import io.echo.server.admin.LimitsInForce;
import io.echo.server.admin.Prober;
import io.echo.server.admin.TrustLog;
import io.echo.server.admission.ProbePass;
import io.echo.server.admission.SourceRules;
import io.echo.server.config.Addresses;
import io.echo.server.config.ServerConfig;
import io.echo.server.fault.FaultPorts;
import io.echo.server.loop.BindPlan;
import io.echo.server.loop.Budget;
import io.echo.server.loop.CounterTotals;
import io.echo.server.loop.Loops;
import io.echo.server.loop.Shortage;
import io.echo.server.metrics.Counter;
import io.echo.server.metrics.MetricFamily;
import io.echo.server.proxy.ProxyPipeline;
import io.echo.server.tcp.AckWatch;
import io.echo.server.tcp.ConnectionPipeline;
import io.echo.server.tcp.EchoPipeline;
import io.echo.server.tcp.Listeners;
import io.echo.server.tcp.TcpAdmission;
import io.echo.server.tcp.TcpBinder;
import io.echo.server.tcp.TcpConnections;
import io.echo.server.tls.TlsContext;
import io.echo.server.tls.TlsEcho;
import io.echo.server.udp.UdpBinder;
import io.echo.server.udp.UdpPolicies;
import io.echo.server.udp.UdpSockets;
import io.netty.channel.Channel;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An echo server for UDP and TCP. Owns the event loops and every channel on them.
 *
 * <p>Runs from {@link #start} to {@link #close}, once; several may run in one process. It installs
 * no signal handlers and no shutdown hook, and writes nothing but log lines.
 */
public final class EchoServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(EchoServer.class);

    private static final int SCAN_MILLIS = 2_000;

    /** Delay of the first probe, so that the start has the processor to itself. */
    private static final int FIRST_PROBE_MILLIS = 100;

    private static final int PROBE_MILLIS = 1_000;

    private final ServerConfig config;
    private final TrustLog trustLog;
    private final Budget budget;
    private final Loops loops;
    private final CounterTotals metrics;
    private final UdpSockets udp;
    private final Optional<TlsEcho> tls;

    /** Guarded by this. */
    private final BoundSockets bound;

    private final TcpAdmission admission;
    private final AckWatch acks;
    private final TcpConnections connections;
    private final UdpPolicies policies;
    private final FaultPorts faults;
    private final Map<Protocol, ProbePass> probePasses =
            Map.of(Protocol.UDP, new ProbePass(), Protocol.TCP, new ProbePass());
    private final AdminPages pages;

    /** Guarded by this. */
    private final Watchers watchers = new Watchers();

    /** The background echo, where somebody watches; guarded by this. */
    private Optional<Prober> prober = Optional.empty();

    /** Guarded by this. */
    private final ConnectionRoom room;

    /** The admin port, if it is on; set by {@link #start}. */
    private Optional<AdminServer> admin = Optional.empty();

    /** Written by those who hold this; read by any thread, also while a stop holds this. */
    private volatile Addresses addresses = new Addresses(List.of(), List.of(), Optional.empty());

    /** Set while every socket is bound; written by the starting and the closing thread. */
    private volatile boolean ready;

    /** Set when {@link #close} has begun to close sockets; guarded by this. */
    private boolean closed;

    /** Cleared when a scan of the interfaces fails; used by echo-interfaces alone. */
    private boolean lastScanWorked = true;

    /** Lock of the closing thread, which holds it while everything is still served. */
    private final Object closing = new Object();

    private EchoServer(ServerConfig config, Budget budget, Optional<TlsContext> context) {
        ServerConfig.Listen listen = config.listen();
        SourceRules sources = new SourceRules(config.access());
        EchoHandler echo = new EchoHandler();
        this.config = config;
        this.budget = budget;
        this.loops =
                context.isEmpty()
                        ? new Loops(listen.transport(), listen.loops())
                        : TlsEcho.newLoops(listen);
        this.metrics = new CounterTotals(loops.all());
        this.trustLog = new TrustLog(config, sources);
        this.policies = new UdpPolicies(config.udp(), sources, probePasses.get(Protocol.UDP));
        this.udp =
                new UdpSockets(
                        new UdpBinder(listen.transport(), loops.all(), policies, echo),
                        sources,
                        listen.protocols().contains(Protocol.UDP));
        this.pages = new AdminPages(config, this::budget, metrics, loops);
        this.admission =
                new TcpAdmission(config.tcp(), sources, loops, probePasses.get(Protocol.TCP));
        this.acks = AckWatch.start(loops, admission::limit);
        TcpBinder binder = new TcpBinder(listen.transport(), loops, admission, budget);
        EchoPipeline plain = new EchoPipeline(listen.transport(), admission, acks, echo);
        Listeners tcp = new Listeners(binder, listen.transport(), "--port", behindBalancers(plain));
        this.tls =
                context.map(
                        it ->
                                new TlsEcho(
                                        config.tls().orElseThrow(),
                                        it,
                                        listen.transport(),
                                        binder,
                                        acks,
                                        echo,
                                        this::behindBalancers));
        this.faults = new FaultPorts(config, sources, Budget.ofFaults(config), echo);
        this.bound = new BoundSockets(config, policies, udp, tcp, tls, faults);
        this.room = new ConnectionRoom(budget, udp, faults, admission);
        this.connections =
                new TcpConnections(loops, config.tcp(), admission::limit, admission::open);
    }

    /**
     * Starts a server that answers on every configured socket when this method returns.
     *
     * <p>Blocks until then; do not call on an event loop.
     *
     * @throws IOException when this machine does not allow it: a port in use, an address that is
     *     not ours, a name that does not resolve, a transport that is not available, no descriptors
     *     left. The message is one line; everything opened so far has been released
     */
    public static EchoServer start(ServerConfig config) throws IOException {
        return start(config, Optional.empty());
    }

    /**
     * Starts a server as {@link #start(ServerConfig)} does, and tells a watchdog that it lives.
     *
     * @param heartbeat run about once a second, on a thread of the server, when the server has
     *     answered its own probe over a protocol, or somebody else, since the last time; not while
     *     it answers nobody. Ends with {@link #close}. It must not block
     */
    public static EchoServer start(ServerConfig config, Runnable heartbeat) throws IOException {
        return start(config, Optional.of(heartbeat));
    }

    private static EchoServer start(ServerConfig config, Optional<Runnable> heartbeat)
            throws IOException {
        config.listen().transport().requireAvailable();
        Budget budget = Budget.of(config);
        Optional<TlsContext> tls =
                config.tls().isPresent()
                        ? Optional.of(TlsContext.of(config.tls().get()))
                        : Optional.empty();
        EchoServer server;
        try {
            server = new EchoServer(config, budget, tls);
        } catch (RuntimeException | OutOfMemoryError e) {
            throw Shortage.explained(e);
        }
        try {
            server.open(heartbeat);
        } catch (IOException | RuntimeException | OutOfMemoryError e) {
            server.close();
            throw Shortage.explained(e);
        }
        Budget.fewerLoops(config.listen()).ifPresent(LOG::info);
        budget.shortage().ifPresent(LOG::warn);
        return server;
    }

    /** Returns the addresses served now; those of UDP follow the interfaces. */
    public Addresses addresses() {
        return addresses;
    }

    /**
     * Lets what is in flight finish, as {@link ServerConfig.Drain} says, and closes every socket;
     * then ends every event loop.
     *
     * <p>Idempotent, and bounded to the drain's delay and timeout and a few seconds. Call from any
     * thread except an event loop, which would wait for itself.
     */
    @Override
    public void close() {
        synchronized (closing) {
            boolean started = ready;
            ready = false;
            if (started) {
                pages.setNotReady("draining"); // First: nothing waits for who reads the log.
                LOG.info("stopping");
                Drain.pause(config.drain().delay().toNanos());
            }
            release(started);
        }
    }

    private synchronized void release(boolean started) {
        if (closed) {
            return;
        }
        closed = true;
        watchers.stop();
        List<Channel> sockets = sockets();
        // A server that was never ready has nothing in flight.
        long timeoutNs = started ? config.drain().timeout().toNanos() : 0;
        Drain.run(new Drain(loops, metrics, sockets, timeoutNs), faults, timeoutNs);
        acks.close();
        admission.close();
        Map<Counter, Long> totals = metrics.snapshot();
        loops.close();
        tls.ifPresent(TlsEcho::close);
        prober.ifPresent(Prober::close);
        pages.setNotReady("stopped");
        admin.ifPresent(AdminServer::close);
        pages.close();
        if (started) {
            LOG.info("stopped: {}", summary(totals));
        }
    }

    /** Returns the counters. */
    CounterTotals metrics() {
        return metrics;
    }

    /** Returns the loops, with the connections that are open on them. */
    Loops loops() {
        return loops;
    }

    /** Returns the ports that misbehave. */
    FaultPorts faults() {
        return faults;
    }

    /** Returns the bound sockets: datagram channels and listeners. */
    synchronized List<Channel> sockets() {
        return bound.shared();
    }

    private synchronized void open(Optional<Runnable> heartbeat) throws IOException {
        if (config.admin().isPresent()) {
            admin =
                    Optional.of(
                            AdminServer.start(
                                    config.admin().get(), config.listen().port(), pages.pages()));
        }
        BindPlan plan = BindPlan.of(config.listen().hosts());
        bound.bind(plan);
        int accepting = Math.min(bound.listeners().size(), config.listen().loops());
        room.divide(accepting, admin.isPresent(), config.tcp().maxConnections());
        bound.accept();
        noteAddresses();
        connections.startTimeouts();
        if (admin.isPresent() || heartbeat.isPresent()) {
            Prober prober = new Prober(this::addresses, config.listen().protocols(), probePasses);
            this.prober = Optional.of(prober);
            admin.ifPresent(
                    port ->
                            pages.setReady(
                                    addresses, prober, gauges(port), more(), port.eventLoop()));
            Heartbeat rounds = new Heartbeat(prober, metrics, heartbeat.orElse(() -> {}));
            watchers.repeat("echo-prober", rounds::beat, FIRST_PROBE_MILLIS, PROBE_MILLIS);
        }
        tls.ifPresent(
                it -> watchers.repeat("echo-tls-files", it::follow, SCAN_MILLIS, SCAN_MILLIS));
        watchers.repeat("echo-interfaces", this::followInterfaces, SCAN_MILLIS, SCAN_MILLIS);
        watchers.repeat("echo-trust", trustLog::logDrop, 1_000, 1_000);
        long dropsMillis = TimeUnit.SECONDS.toMillis(DropLog.EVERY_SECONDS);
        watchers.repeat("echo-drops", new DropLog(metrics)::logNew, dropsMillis, dropsMillis);
        tls.ifPresent(
                it -> watchers.repeat("echo-tls-log", it::logFailed, dropsMillis, dropsMillis));
        ready = true;
        LOG.info(
                "listening {} transport={} loops={}",
                addresses,
                config.listen().transport(),
                config.listen().loops());
        LOG.info("memory {}", budget());
        LOG.info(
                "limits {}",
                LimitsInForce.byFlag(config, admission.limit()).entrySet().stream()
                        .map(limit -> limit.getKey() + "=" + limit.getValue())
                        .collect(Collectors.joining(" ")));
        trustLog.logStart(plan.gateways());
    }

    /** Returns a pipeline that waits for PROXY headers first, where there are balancers. */
    private ConnectionPipeline behindBalancers(ConnectionPipeline pipeline) {
        return config.access().proxies().isEmpty()
                ? pipeline
                : new ProxyPipeline(pipeline, admission);
    }

    /** Takes note of what is bound now. */
    private void noteAddresses() {
        addresses = bound.addresses(admin.map(AdminServer::address));
    }

    /** Returns the metrics of what flags have added. */
    private List<MetricFamily> more() {
        List<MetricFamily> more = new ArrayList<>(tls.map(TlsEcho::metrics).orElse(List.of()));
        more.addAll(faults.metrics());
        return more;
    }

    /** Returns the gauges that show how much of the limits is used. */
    private List<LimitsInForce.Gauge> gauges(AdminServer port) {
        return List.of(
                new LimitsInForce.Gauge(
                        "echo_tcp_source_connections_open",
                        "Open connections of the untrusted source that has most.",
                        admission::mostFromOneSource),
                new LimitsInForce.Gauge(
                        "echo_udp_sources",
                        "Sources under --udp-rate or --trusted-rate that have sent a moment ago.",
                        policies::activeSources),
                new LimitsInForce.Gauge(
                        "echo_admin_connections_open",
                        "Open connections to the admin port.",
                        port::open));
    }

    /** Binds addresses that have come, and closes those that have gone. On echo-interfaces. */
    private void followInterfaces() {
        try {
            // Outside the lock: a name server may take long, and a stop must not wait for it.
            BindPlan plan = BindPlan.of(config.listen().hosts());
            synchronized (this) {
                if (!closed) {
                    follow(plan);
                }
            }
            lastScanWorked = true;
        } catch (IOException | RuntimeException e) {
            if (lastScanWorked) { // Logged once: out of descriptors, every scan fails.
                LOG.warn(
                        "cannot list the interfaces or resolve --host, keeping the sockets: {}",
                        e.getMessage());
            }
            lastScanWorked = false;
        }
    }

    private void follow(BindPlan plan) {
        int before = admission.limit();
        if (udp.follow(plan, room::make)) {
            room.limit();
        }
        faults.follow(plan, room::make);
        if (admission.limit() != before) {
            LOG.info(
                    "max-connections is {} now, as {} datagram sockets need descriptors",
                    admission.limit(),
                    room.datagramSockets());
        }
        noteAddresses();
        pages.setAddresses(addresses);
    }

    /** Returns the budget of the connections that are allowed now. */
    private Budget budget() {
        return budget.within(admission.limit());
    }

    /** Lists the counters that are not 0, for the last line of the log. */
    static String summary(Map<Counter, Long> totals) {
        String counted =
                totals.entrySet().stream()
                        .filter(entry -> entry.getValue() != 0)
                        .map(e -> e.getKey().name().toLowerCase(Locale.ROOT) + "=" + e.getValue())
                        .collect(Collectors.joining(" "));
        return counted.isEmpty() ? "nothing came in" : counted;
    }
}
