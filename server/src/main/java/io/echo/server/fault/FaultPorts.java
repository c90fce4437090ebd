package io.echo.server.fault;

import io.echo.server.admission.SourceRules;
import io.echo.server.config.ServerConfig;
import io.echo.server.loop.BindFailure;
import io.echo.server.loop.BindPlan;
import io.echo.server.loop.Descriptors;
import io.echo.server.loop.FaultBudget;
import io.echo.server.metrics.MetricFamily;
import io.echo.server.udp.UdpPolicies;
import io.netty.channel.ChannelHandler;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.function.IntPredicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Every port that misbehaves; none by default. Not thread-safe: the server holds its lock. */
public final class FaultPorts {
    private static final Logger LOG = LoggerFactory.getLogger(FaultPorts.class);

    private final ServerConfig config;
    private final List<FaultyPort> ports;
    private final FaultBudget budget;

    /** Set once there may be something to tell at the end. */
    private boolean accepting;

    /**
     * Makes the ports, without sockets yet.
     *
     * @param echo the one instance that all ports share
     */
    public FaultPorts(
            ServerConfig config, SourceRules sources, FaultBudget budget, ChannelHandler echo) {
        this.config = config;
        this.budget = budget;
        this.ports =
                config.faults().ports().stream()
                        .map(asked -> new FaultyPort(asked, config, sources, echo, budget))
                        .toList();
    }

    /**
     * Binds every port on every address of the plan. None of our ports answers what comes from
     * another one: two would answer each other for ever.
     *
     * @param plain the rules of the plain port
     * @param served its addresses
     */
    public void bind(BindPlan plan, UdpPolicies plain, List<InetSocketAddress> served)
            throws BindFailure {
        for (FaultyPort port : ports) {
            port.bind(plan);
        }
        for (FaultyPort port : ports) {
            plain.refusePort(port.port());
            served.forEach(address -> port.refuse(address.getPort()));
            ports.forEach(other -> port.refuse(other.port()));
        }
    }

    /** Returns how many sockets for datagrams are bound. */
    public int datagramSockets() {
        return ports.stream().mapToInt(FaultyPort::datagramSockets).sum();
    }

    /**
     * Accepts connections from now on, and says what the ports do.
     *
     * @param all descriptors that they and the plain port may have
     * @return those that are left
     */
    public Descriptors accept(Descriptors all, int datagramSockets) {
        accepting = true;
        long free = all.connections(datagramSockets);
        long asked = config.tcp().maxConnections().orElse(0);
        long most = Math.min(free / 2, free - asked) / Math.max(1, ports.size());
        int perPort = (int) Math.max(1, Math.min(budget.connections(), most));
        for (FaultyPort port : ports) {
            port.accept(perPort);
            LOG.info("fault port {}: {}", port.port(), port.profile());
        }
        warn();
        return all.without(ports.size() * (perPort + Descriptors.BATCH));
    }

    private void warn() {
        if (config.faults().forAnybody()) {
            LOG.warn(
                    "--fault-public: fault ports answer everybody; a duplicate is more than was"
                            + " asked for, so that a forged source gets more bytes than were sent"
                            + " in its name");
        } else if (!ports.isEmpty()
                && config.access().trusted().filter(List::isEmpty).isPresent()) {
            LOG.warn(
                    "fault ports answer nobody, as nobody is trusted: set --trusted or"
                            + " --fault-public");
        }
    }

    /** Binds addresses that have come, and closes those that have gone. */
    public void follow(BindPlan plan, IntPredicate makeRoom) {
        ports.forEach(port -> port.follow(plan, makeRoom));
    }

    /** Returns the bound ports, in the order of the configuration. */
    public List<Integer> numbers() {
        return ports.stream().map(FaultyPort::port).toList();
    }

    /** Returns every port. */
    public List<FaultyPort> all() {
        return ports;
    }

    /** Returns the metrics of these ports; none without a port. */
    public List<MetricFamily> metrics() {
        return ports.isEmpty() ? List.of() : new FaultMetrics(ports).families();
    }

    /** Lets everything leave that is held, and holds nothing any more: the server stops. */
    public void hurry() {
        ports.forEach(FaultyPort::hurry);
    }

    /** Ends the loops, and logs what each has done; every socket and connection has closed. */
    public void close() {
        for (FaultyPort port : ports) {
            port.close();
            if (accepting) {
                LOG.info("stopped fault port {}: {}", port.port(), port.snapshot());
            }
        }
    }
}
