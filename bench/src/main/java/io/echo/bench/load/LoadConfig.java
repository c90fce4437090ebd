package io.echo.bench.load;

import io.echo.cli.FlagValues;
import io.echo.client.probe.Probe;
import io.echo.client.probe.ProbeSizes;
import io.echo.client.probe.Rate;
import io.echo.net.Protocol;
import io.echo.net.Target;
import io.echo.net.Transport;
import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What a load test is told; immutable, and valid once it exists.
 *
 * @param target empty for the project's own server in this process, over UDP
 * @param load how probes follow each other
 * @param connections sockets, each a flow of its own
 * @param sizes of the probes
 * @param payload what probes carry after their header; empty for a fill that reveals more
 * @param span how long the measured phase is
 * @param warmup before it, discarded
 * @param timeout from when a reply is late; waited for after the last probe
 * @param generator how this process does its part
 * @param sockets how its sockets are set
 * @param startAt when to start; empty for at once
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
    /** How probes follow each other. */
    public sealed interface Load {
        /** At this rate, all connections together, whatever the server does. */
        record Open(Rate rate) implements Load {}

        /**
         * So many in flight on each connection, as fast as they are answered.
         *
         * @param train datagrams that leave as one segmented send, once there is room for all of
         *     them; 1 for each by itself
         */
        record Closed(int window, int train) implements Load {
            /** Linux takes 64 before 6.9, and 128 since (UDP_MAX_SEGMENTS). */
            public static final int LONGEST_TRAIN = 128;

            public Closed {
                range("--window", window, 1, 65_536);
                range("--train", train, 1, LONGEST_TRAIN);
                if (train > window) {
                    throw FlagValues.mustBe("--train", "at most --window, " + window, train);
                }
            }

            /** Each probe leaves by itself. */
            public Closed(int window) {
                this(window, DEFAULT_TRAIN);
            }
        }

        /** What is asked for; empty when nothing is. */
        default Optional<Rate> asked() {
            return this instanceof Open open ? Optional.of(open.rate()) : Optional.empty();
        }
    }

    /**
     * How long the measured phase is.
     *
     * @param duration the longest, also when a count is given
     * @param count of measured probes; empty for as many as there is time for
     */
    public record Span(Duration duration, Optional<Long> count) {
        static final Duration DEFAULT_DURATION = Duration.ofSeconds(10);
        public static final Duration LONGEST = Duration.ofDays(30);
    }

    /**
     * How this process does its part.
     *
     * @param loops event loops, each a thread that spins in open loop
     * @param spin whether loops spin until the next probe, or trust the transport's timers
     */
    public record Generator(Transport transport, int loops, boolean spin) {
        /** Half the cores, since the other half has the server or the kernel to run. */
        public static final int DEFAULT_LOOPS =
                Math.max(1, Runtime.getRuntime().availableProcessors() / 2);

        public Generator {
            range("--loops", loops, 1, 1024);
        }
    }

    /**
     * How sockets are set and opened.
     *
     * @param bind addresses to send from, in turn
     * @param dscp 0..63
     * @param connectRate connections opened per second
     * @param lifetime after which a connection is replaced
     */
    public record Sockets(
            List<InetAddress> bind,
            Optional<Integer> dscp,
            boolean dontFragment,
            Optional<Rate> connectRate,
            Optional<Duration> lifetime) {
        static final Sockets DEFAULT =
                new Sockets(List.of(), Optional.empty(), false, Optional.empty(), Optional.empty());

        public Sockets {
            bind = List.copyOf(bind);
            dscp.ifPresent(value -> range("--dscp", value, 0, 63));
        }
    }

    public static final int DEFAULT_WINDOW = 1;
    public static final int DEFAULT_TRAIN = 1;
    public static final int DEFAULT_CONNECTIONS = 1;
    public static final int DEFAULT_BYTES = 64;
    static final Duration DEFAULT_WARMUP = Duration.ofSeconds(2);
    static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(1);
    public static final Duration DEFAULT_MAX_LATENESS = Duration.ofMillis(10);
    private static final int MAX_CONNECTIONS = 1_000_000;

    public LoadConfig {
        range("--connections", connections, 1, MAX_CONNECTIONS);
        requireTrain(train(load), target, sizes, generator.transport());
    }

    /** One segmented send holds datagrams of one size, and at most what one datagram may hold. */
    private static void requireTrain(
            int train, Optional<Target> target, ProbeSizes sizes, Transport transport) {
        if (train == 1) {
            return;
        }
        if (target.isPresent() && target.get().protocol() != Protocol.UDP) {
            throw FlagValues.mustBe("--train", "left out over " + target.get().protocol(), train);
        }
        if (transport != Transport.EPOLL) {
            throw FlagValues.mustBe(
                    "--train", "left out on " + transport + ": only epoll has it", train);
        }
        if (!sizes.uniform()) {
            throw FlagValues.mustBe("--train", "left out with sizes that differ", train);
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

    /** How probes travel. */
    public Protocol protocol() {
        return target.map(Target::protocol).orElse(Protocol.UDP);
    }

    /** Datagrams of a segmented send; 1 when each leaves by itself. */
    public int train() {
        return train(load);
    }

    private static int train(Load load) {
        return load instanceof Load.Closed closed ? closed.train() : DEFAULT_TRAIN;
    }

    /** Returns a copy in open loop at this rate. */
    public LoadConfig withRate(Rate rate) {
        return new LoadConfig(
                target,
                new Load.Open(rate),
                connections,
                sizes,
                payload,
                span,
                warmup,
                timeout,
                generator,
                sockets,
                Optional.empty());
    }

    private static void range(String flag, int value, int lowest, int highest) {
        if (value < lowest || value > highest) {
            throw FlagValues.mustBe(flag, "from " + lowest + " to " + highest, value);
        }
    }
}
