package io.echo.bench.load;

import io.echo.bench.pacing.Pacing;
import io.echo.cli.FlagValues;
import io.echo.client.probe.Probe;
import io.echo.client.probe.ProbeSizes;
import io.echo.client.probe.Rate;
import io.echo.client.socket.LayerConfig;
import io.echo.client.socket.SocketOptions;
import io.echo.client.socket.SourcePorts;
import io.echo.net.Protocol;
import io.echo.net.Target;
import io.echo.net.Transport;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The configuration of a load test. Immutable; the constructor checks the values.
 *
 * @param target empty for the project's own server in this process, over UDP
 * @param load open or closed loop
 * @param connections number of sockets
 * @param sizes bytes of the probes
 * @param payload bytes after a probe's header; empty for a fill that differs in each probe
 * @param span length of the measured phase
 * @param warmup time under load before it, not measured
 * @param timeout age from which a reply is late; also the wait after the last probe
 * @param generator event loops of this process
 * @param sockets options of its sockets
 * @param startAt start of the warm-up; empty for at once
 */
public record LoadConfig(
        Optional<Target> target,
        Load load,
        int connections,
        ProbeSizes sizes,
        Optional<byte[]> payload,
        Span span,
        Duration warmup,
        Duration timeout,
        Generator generator,
        Sockets sockets,
        Optional<Instant> startAt) {
    /** Open or closed loop. */
    public sealed interface Load {
        /** Open loop: this rate, all connections together, whatever the server does. */
        record Open(Rate rate) implements Load {}

        /**
         * Closed loop: a new probe for each reply.
         *
         * @param window probes in flight on each connection
         * @param train datagrams that leave as one segmented send, once the window has room for all
         *     of them; 1 to send each by itself
         */
        record Closed(int window, int train) implements Load {
            /** Linux takes 64 before 6.9, and 128 since (UDP_MAX_SEGMENTS). */
            public static final int LONGEST_TRAIN = 128;

            public static final int MAX_WINDOW = 65_536;

            public Closed {
                range("--window", window, 1, MAX_WINDOW);
                range("--train", train, 1, LONGEST_TRAIN);
                if (train > window) {
                    throw FlagValues.mustBe("--train", "at most --window, " + window, train);
                }
            }

            /** A window without trains. */
            public Closed(int window) {
                this(window, DEFAULT_TRAIN);
            }
        }

        /** Returns the rate of an open loop; empty for a closed one. */
        default Optional<Rate> asked() {
            return this instanceof Open open ? Optional.of(open.rate()) : Optional.empty();
        }
    }

    /**
     * Length of the measured phase.
     *
     * @param duration the longest time, also when a count is given
     * @param count measured probes; empty for as many as fit in the time
     */
    public record Span(Duration duration, Optional<Long> count) {
        public static final Duration LONGEST = Duration.ofDays(30);
    }

    /**
     * Event loops of this process.
     *
     * @param loops event loops, each a thread
     * @param pacing how loops wait for the time of the next probe
     */
    public record Generator(Transport transport, int loops, Pacing pacing) {
        /** Half the cores: the server and the kernel need the other half. */
        public static final int DEFAULT_LOOPS =
                Math.max(1, Runtime.getRuntime().availableProcessors() / 2);

        public static final int MAX_LOOPS = 1_024;

        public Generator {
            range("--loops", loops, 1, MAX_LOOPS);
        }

        /** Returns whether each loop of an open loop takes a core. */
        public boolean spins() {
            return pacing == Pacing.SPIN;
        }
    }

    /**
     * Options of the sockets.
     *
     * @param bind addresses to send from, in turn
     * @param ports local ports; empty for the kernel's choice
     * @param dscp 0..63
     * @param connectRate connections opened per second, at most
     * @param lifetime age at which a connection is replaced
     * @param layers between a socket and its probes
     */
    public record Sockets(
            List<InetAddress> bind,
            Optional<SourcePorts> ports,
            Optional<Integer> dscp,
            boolean dontFragment,
            Optional<Rate> connectRate,
            Optional<Duration> lifetime,
            LayerConfig layers) {
        public static final int MAX_DSCP = SocketOptions.MAX_DSCP;

        static final Sockets DEFAULT =
                new Sockets(List.of(), Optional.empty(), false, Optional.empty(), Optional.empty());

        public Sockets {
            bind = List.copyOf(bind);
            dscp.ifPresent(value -> range("--dscp", value, 0, MAX_DSCP));
            if (ports.isPresent() && lifetime.isPresent()) {
                throw new IllegalArgumentException(
                        "give --source-ports or --connection-lifetime, not both: a connection is"
                                + " opened before the one that it replaces is closed");
            }
        }

        /** Leaves the choice of ports to the kernel. */
        public Sockets(
                List<InetAddress> bind,
                Optional<Integer> dscp,
                boolean dontFragment,
                Optional<Rate> connectRate,
                Optional<Duration> lifetime) {
            this(
                    bind,
                    Optional.empty(),
                    dscp,
                    dontFragment,
                    connectRate,
                    lifetime,
                    LayerConfig.NONE);
        }

        /** Returns where a connection sends from; empty for the kernel's choice. */
        Optional<InetSocketAddress> local(int connection, boolean ipv4) {
            if (ports.isPresent()) {
                return Optional.of(ports.get().local(connection, bind, ipv4));
            }
            return bind.isEmpty()
                    ? Optional.empty()
                    : Optional.of(new InetSocketAddress(bind.get(connection % bind.size()), 0));
        }

        private void requirePairs(int connections) {
            if (ports.isEmpty() || connections <= ports.get().pairs(bind.size())) {
                return;
            }
            throw FlagValues.mustBe(
                    "--connections",
                    "at most "
                            + ports.get().pairs(bind.size())
                            + ", one from each of --source-ports "
                            + ports.get()
                            + (bind.size() > 1 ? " at each of " + bind.size() + " addresses" : ""),
                    connections);
        }

        /** Returns the options that every socket has. */
        SocketOptions options() {
            return new SocketOptions(
                    dscp.map(OptionalInt::of).orElse(OptionalInt.empty()),
                    OptionalInt.empty(),
                    dontFragment,
                    ports.isPresent());
        }
    }

    public static final int DEFAULT_WINDOW = 1;
    public static final int DEFAULT_TRAIN = 1;
    public static final int DEFAULT_CONNECTIONS = 1;
    public static final int DEFAULT_BYTES = 64;
    public static final int DEFAULT_MAX_LATENESS_MS = 10;
    public static final Duration DEFAULT_MAX_LATENESS = Duration.ofMillis(DEFAULT_MAX_LATENESS_MS);
    public static final int MAX_CONNECTIONS = 1_000_000;

    public LoadConfig {
        range("--connections", connections, 1, MAX_CONNECTIONS);
        sockets.requirePairs(connections);
        requireTrain(train(load), target, sizes, generator.transport());
        if (train(load) > 1 && sockets.layers().proxy().isPresent()) {
            throw new IllegalArgumentException("give --train or --proxy-header, not both");
        }
    }

    /** Checks a train: datagrams of one size, together no larger than one datagram may be. */
    private static void requireTrain(
            int train, Optional<Target> target, ProbeSizes sizes, Transport transport) {
        if (train == 1) {
            return;
        }
        if (target.isPresent() && target.get().protocol() != Protocol.UDP) {
            throw new IllegalArgumentException(
                    "--train works over UDP, not over " + target.get().protocol());
        }
        if (transport != Transport.EPOLL) {
            throw new IllegalArgumentException(
                    "--train works with --transport epoll, not with " + transport);
        }
        if (!sizes.uniform()) {
            throw new IllegalArgumentException("--train works with one --size, not with several");
        }
        if (train * sizes.largest() > Probe.MAX_BYTES) {
            throw FlagValues.mustBe(
                    "--train",
                    "at most "
                            + Probe.MAX_BYTES / sizes.largest()
                            + " datagrams of "
                            + sizes.largest()
                            + " B, "
                            + Probe.MAX_BYTES
                            + " B together",
                    train);
        }
    }

    /** Returns the protocol of the target. */
    public Protocol protocol() {
        return target.map(Target::protocol).orElse(Protocol.UDP);
    }

    /**
     * Returns the time that looking the target up may take: until {@code --start-at}, where that is
     * later. A question that is lost on its way to the name server costs seconds.
     *
     * @param now the present
     */
    public Duration lookupTimeout(Instant now) {
        return startAt.map(start -> Duration.between(now, start))
                .filter(left -> left.compareTo(timeout) > 0)
                .orElse(timeout);
    }

    /** Returns the datagrams of a segmented send; 1 when each is sent by itself. */
    public int train() {
        return train(load);
    }

    private static int train(Load load) {
        return load instanceof Load.Closed closed ? closed.train() : DEFAULT_TRAIN;
    }

    /** Returns a copy in open loop at this rate, which starts at once. */
    public LoadConfig withRate(Rate rate) {
        return with(target, new Load.Open(rate), Optional.empty());
    }

    /** Returns a copy for this target. */
    public LoadConfig withTarget(Target other) {
        return with(Optional.of(other), load, startAt);
    }

    /** Returns a copy with this start. */
    public LoadConfig withStartAt(Optional<Instant> start) {
        return with(target, load, start);
    }

    private LoadConfig with(Optional<Target> whom, Load how, Optional<Instant> when) {
        return new LoadConfig(
                whom,
                how,
                connections,
                sizes,
                payload,
                span,
                warmup,
                timeout,
                generator,
                sockets,
                when);
    }

    private static void range(String flag, int value, int lowest, int highest) {
        if (value < lowest || value > highest) {
            throw FlagValues.mustBe(flag, "from " + lowest + " to " + highest, value);
        }
    }
}
