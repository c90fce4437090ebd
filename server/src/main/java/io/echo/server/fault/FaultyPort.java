package io.echo.server.fault;

import io.echo.net.Protocol;
import io.echo.net.Transport;
import io.echo.net.workarounds.IoUringReads;
import io.echo.server.admission.ProbePass;
import io.echo.server.admission.SourceRules;
import io.echo.server.config.FaultPort;
import io.echo.server.config.FaultProfile;
import io.echo.server.config.ServerConfig;
import io.echo.server.fault.fate.ConnectionFate;
import io.echo.server.fault.fate.ConnectionFates;
import io.echo.server.loop.BindFailure;
import io.echo.server.loop.BindPlan;
import io.echo.server.loop.BindTries;
import io.echo.server.loop.CounterTotals;
import io.echo.server.loop.FaultBudget;
import io.echo.server.loop.Loop;
import io.echo.server.loop.Loops;
import io.echo.server.tcp.AckWatch;
import io.echo.server.tcp.ConnectionPipeline;
import io.echo.server.tcp.Listeners;
import io.echo.server.tcp.TcpAdmission;
import io.echo.server.tcp.TcpBinder;
import io.echo.server.tcp.TcpConnections;
import io.echo.server.tcp.TcpGuard;
import io.echo.server.udp.UdpBinder;
import io.echo.server.udp.UdpPolicies;
import io.echo.server.udp.UdpSockets;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.socket.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.IntPredicate;

/**
 * A port that misbehaves: its one loop, its sockets, rules and counters, none of which the plain
 * port shares. Not thread-safe but for {@link #snapshot}: the server that owns it holds its lock.
 */
public final class FaultyPort {
    /** Names the port in errors. */
    private static final String FLAG = "--fault";

    private static final long SNAPSHOT_MILLIS = 200;
    private static final long END_MILLIS = 1_000;

    private final FaultPort asked;
    private final ServerConfig.Listen listen;
    private final ChannelHandler echo;
    private final Loops loops;
    private final CounterTotals totals;
    private final FaultCounters counters;
    private final HeldMemory memory;
    private final ConnectionFates fates;
    private final DatagramCourse course;
    private final PortTrust trust;
    private final SourceRules sources;
    private final UdpPolicies policies;
    private final UdpSockets udp;
    private final Listeners tcp;
    private final TcpAdmission admission;
    private final AckWatch acks;
    private final TcpConnections connections;

    /** The port that is bound; read by any thread. */
    private volatile int port;

    FaultyPort(
            FaultPort asked,
            ServerConfig config,
            SourceRules sources,
            ChannelHandler echo,
            FaultBudget budget) {
        this.asked = asked;
        this.listen = config.listen();
        this.sources = sources;
        this.echo = echo;
        this.port = asked.port();
        Transport transport = listen.transport();
        this.loops =
                new Loops(
                        transport,
                        transport.newLastingIoHandlerFactory(),
                        1,
                        "echo-fault-" + asked.port() + "-");
        Loop loop = loops.all().get(0);
        this.totals = new CounterTotals(loops.all());
        this.counters = FaultCounters.of(loop.counters());
        this.memory = new HeldMemory(budget.heldBytes());
        FaultProfile profile = asked.profile();
        this.fates = new ConnectionFates(profile);
        this.course = new DatagramCourse(loop.eventLoop(), profile, counters, memory);
        this.trust = new PortTrust(config.faults().forAnybody(), this::port);
        this.policies = new UdpPolicies(config.udp(), sources, new ProbePass());
        UdpBinder datagrams =
                new UdpBinder(
                        transport,
                        loops.all(),
                        policies,
                        FLAG,
                        (channel, of, policy) ->
                                channel.pipeline()
                                        .addLast(
                                                new DatagramFaults(policy, counters, course, trust),
                                                echo));
        this.udp = new UdpSockets(datagrams, sources, listen.protocols().contains(Protocol.UDP));
        this.admission = new TcpAdmission(config.tcp(), sources, loops, new ProbePass());
        this.acks = AckWatch.start(loops, admission::limit);
        TcpBinder binder = new TcpBinder(transport, loops, admission, budget.socketBufferBytes());
        this.tcp = new Listeners(binder, transport, FLAG, new FaultyPipeline());
        this.connections =
                new TcpConnections(loops, config.tcp(), admission::limit, admission::open);
    }

    /** The pipeline of a connection: its fate stands in front of the guard and the echo. */
    private final class FaultyPipeline implements ConnectionPipeline {
        @Override
        public void setBuffers(SocketChannel channel, Loop loop) {
            channel.config().setRecvByteBufAllocator(reads(channel, loop));
        }

        @Override
        public void build(SocketChannel channel, Loop loop) {
            ConnectionFate fate = fates.next();
            StreamOutput output = new StreamOutput(counters, fate, acks);
            channel.pipeline()
                    .addLast(
                            output,
                            new StreamInput(counters, memory, fate, output),
                            new TcpGuard(loop.counters(), loop.tcpTimes(), acks),
                            echo);
        }
    }

    private RecvByteBufAllocator reads(SocketChannel channel, Loop loop) {
        OptionalLong bytes = StreamInput.readBytes(asked.profile());
        boolean ring = listen.transport() == Transport.IO_URING;
        if (bytes.isEmpty()) {
            return ring ? new IoUringReads(channel) : loop.buffers().streams();
        }
        RecvByteBufAllocator even =
                new FixedRecvByteBufAllocator((int) bytes.getAsLong()).maxMessagesPerRead(1);
        return ring ? new IoUringReads(channel, even) : even;
    }

    /** Binds every address of the plan, on one number for both protocols. */
    void bind(BindPlan plan) throws BindFailure {
        BindTries.run(
                asked.port() == 0,
                () -> bind(plan, asked.port()),
                () -> {
                    sockets().forEach(socket -> socket.close().awaitUninterruptibly());
                    tcp.clear();
                    udp.clear();
                });
    }

    private void bind(BindPlan plan, int wanted) throws BindFailure {
        int bound = wanted;
        if (listen.protocols().contains(Protocol.TCP)) {
            bound = tcp.bind(plan, bound);
        }
        if (bound != 0) {
            policies.refusePort(bound);
        }
        port = udp.bind(plan, bound);
    }

    /** Accepts connections from now on, so many at once. */
    void accept(int mostConnections) {
        for (Channel listener : tcp.channels()) {
            listener.pipeline().addFirst(new TrustGate(sources, trust, counters));
        }
        admission.setLimit(mostConnections);
        tcp.accept();
        connections.startTimeouts();
    }

    /** Refuses a port as a source of datagrams. */
    void refuse(int source) {
        policies.refusePort(source);
    }

    /** Binds addresses that have come, and closes those that have gone. */
    void follow(BindPlan plan, IntPredicate makeRoom) {
        udp.follow(plan, makeRoom);
    }

    /** Returns the bound port. */
    public int port() {
        return port;
    }

    FaultProfile profile() {
        return asked.profile();
    }

    /** Returns the one loop. */
    public Loops loops() {
        return loops;
    }

    /** Returns what every port counts. */
    public CounterTotals totals() {
        return totals;
    }

    /** Returns the bound sockets. */
    public List<Channel> sockets() {
        List<Channel> all = new ArrayList<>(tcp.channels());
        all.addAll(udp.channels());
        return all;
    }

    int datagramSockets() {
        return udp.channels().size();
    }

    /** Returns the counters as of one moment, unless the loop does not answer in time. */
    FaultSnapshot snapshot() {
        try {
            return loops.all()
                    .get(0)
                    .eventLoop()
                    .submit(counters::copy)
                    .get(SNAPSHOT_MILLIS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return counters.copy();
        } catch (ExecutionException | TimeoutException | RejectedExecutionException e) {
            return counters.copy();
        }
    }

    /** Lets everything leave that is held, and holds nothing any more: the server stops. */
    void hurry() {
        Loop loop = loops.all().get(0);
        loop.eventLoop()
                .execute(
                        () -> {
                            course.hurry();
                            List.copyOf(loop.connections()).stream()
                                    .map(one -> one.pipeline().get(StreamInput.class))
                                    .filter(Objects::nonNull)
                                    .forEach(StreamInput::hurry);
                        });
    }

    /** Ends the loop; every socket and connection has closed. */
    void close() {
        acks.close();
        admission.close();
        loops.all().get(0).eventLoop().submit(course::end).awaitUninterruptibly(END_MILLIS);
        loops.close();
    }
}
