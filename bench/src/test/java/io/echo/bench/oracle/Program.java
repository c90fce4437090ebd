package io.echo.bench.oracle;

import io.echo.bench.load.LoadConfig;
import io.echo.bench.pacing.Pacing;
import io.echo.client.probe.Probe;
import io.echo.client.probe.ProbeSizes;
import io.echo.client.probe.Rate;
import io.echo.net.Protocol;
import io.echo.net.Target;
import io.echo.net.Transport;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * A load and the behaviour of its server, drawn from a seed so that the truth is plain.
 *
 * @param perSecond rate of an open loop; 0 for a closed one
 * @param window of a closed loop
 * @param count measured probes; 0 for as many as fit in the duration
 * @param warmupMs only in open loop, where the probes themselves tell their phase
 * @param sizes lengths of probes, in turn
 * @param extras what few loads have
 * @param does share of datagrams or of connections that each behaviour falls on
 */
record Program(
        long seed,
        Protocol protocol,
        Transport transport,
        int perSecond,
        int window,
        int connections,
        int loops,
        int count,
        int durationMs,
        int warmupMs,
        List<Integer> sizes,
        Extras extras,
        Map<Behaviour, Double> does) {
    /**
     * Settings that few loads have.
     *
     * @param lifetimeMs age at which connections are replaced; 0 for never
     * @param train datagrams in one segmented send
     * @param payload whether probes carry the user's bytes
     */
    record Extras(int lifetimeMs, int train, boolean payload) {
        static final Extras NONE = new Extras(0, 1, false);
    }

    /** Short, and many times the pauses of a busy machine. */
    static final Duration TIMEOUT = Duration.ofMillis(600);

    static final int DURATION_MS = 1_200;

    private static final int MOST = 400;

    /** Fewer than loops, connections or places in a window. */
    private static final int FEW = 4;

    private static final int LIFETIME_MS = 300;
    private static final int TRAIN = 4;

    /** Those that send something after a connection may have been replaced and closed. */
    private static final Set<Behaviour> STRAY =
            Set.of(
                    Behaviour.DUPLICATE,
                    Behaviour.HOLD,
                    Behaviour.SWAP,
                    Behaviour.STRANGER,
                    Behaviour.STALL);

    private static final long MILLION = 1_000_000;

    /** Draws a program; the same seed gives the same one. */
    static Program draw(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        Protocol protocol = random.nextInt(5) < 3 ? Protocol.UDP : Protocol.TCP;
        boolean epoll = random.nextBoolean() && Transport.EPOLL.unavailabilityCause().isEmpty();
        boolean open = random.nextBoolean();
        int perSecond = open ? pick(random, 10, 30, 100, 200, 500) : 0;
        int window = pick(random, 1, 4, 16);
        int connections = pick(random, 1, 1, 2, 5);
        int loops = random.nextInt(1, 3);
        boolean counted = random.nextBoolean();
        int warmupMs = open && random.nextInt(3) == 0 ? pick(random, 200, 250) : 0;
        List<Integer> sizes =
                random.nextInt(3) == 0
                        ? List.of(40, 200, 1_000)
                        : List.of(
                                pick(
                                        random,
                                        40,
                                        64,
                                        333,
                                        protocol == Protocol.UDP ? 1_400 : 9_000));
        Extras extras =
                new Extras(
                        random.nextInt(6) == 0 ? LIFETIME_MS : 0,
                        protocol == Protocol.UDP
                                        && epoll
                                        && !open
                                        && window >= TRAIN
                                        && sizes.size() == 1
                                        && random.nextBoolean()
                                ? TRAIN
                                : 1,
                        random.nextInt(4) == 0);
        Map<Behaviour, Double> does =
                behaviours(random, protocol, open || !counted, warmupMs, extras.lifetimeMs() > 0);
        Program drawn =
                new Program(
                        seed,
                        protocol,
                        epoll ? Transport.EPOLL : Transport.NIO,
                        perSecond,
                        window,
                        connections,
                        loops,
                        0,
                        DURATION_MS,
                        warmupMs,
                        sizes,
                        extras,
                        does);
        int most = random.nextInt(4) == 0 ? FEW : MOST;
        return counted ? drawn.withCount(drawn.affordable(random.nextInt(1, most))) : drawn;
    }

    private static Map<Behaviour, Double> behaviours(
            SplittableRandom random,
            Protocol protocol,
            boolean timed,
            int warmupMs,
            boolean replaced) {
        Map<Behaviour, Double> does = new EnumMap<>(Behaviour.class);
        for (Behaviour behaviour : Behaviour.of(protocol)) {
            double share = share(random, behaviour);
            if (random.nextInt(behaviour == Behaviour.REFUSE ? 2 : 4) == 0
                    && fits(behaviour, timed, warmupMs)
                    && (!replaced || !STRAY.contains(behaviour))) {
                does.put(behaviour, share);
            }
        }
        if (does.containsKey(Behaviour.REFUSE)) {
            does.put(Behaviour.FINISH, 1.0); // Else nobody would come to be refused.
        }
        return does;
    }

    private static int pick(SplittableRandom random, int... values) {
        return values[random.nextInt(values.length)];
    }

    private static double share(SplittableRandom random, Behaviour behaviour) {
        return switch (behaviour) {
            case FINISH, RESET, CUT, STALL -> random.nextDouble(0.05, 0.5);
            case LOSE -> random.nextInt(5) == 0 ? 1 : random.nextDouble(0.01, 0.15);
            default -> random.nextDouble(0.01, 0.15);
        };
    }

    /**
     * Returns whether the truth of it is plain: what comes late or is away for a time needs a run
     * of known length; a flip may change the phase of the probe that is named.
     */
    private static boolean fits(Behaviour behaviour, boolean timed, int warmupMs) {
        return switch (behaviour) {
            case HOLD, VANISH, STALL, REFUSE -> timed;
            case FLIP, STRANGER -> warmupMs == 0;
            default -> true;
        };
    }

    /** Returns a count that a closed loop reaches soon, although unanswered probes fill windows. */
    private int affordable(int wanted) {
        if (open()) {
            return perSecond * DURATION_MS / 1_000;
        }
        double unanswered = 0;
        for (Behaviour behaviour :
                List.of(
                        Behaviour.LOSE,
                        Behaviour.FLIP,
                        Behaviour.CUT,
                        Behaviour.LENGTHEN,
                        Behaviour.MERGE,
                        Behaviour.SWAP)) {
            unanswered += 2 * share(behaviour);
        }
        return Math.max(1, Math.min(wanted, (int) (3 * window * connections / unanswered)));
    }

    boolean open() {
        return perSecond > 0;
    }

    double share(Behaviour behaviour) {
        return does.getOrDefault(behaviour, 0.0);
    }

    boolean does(Behaviour behaviour) {
        return does.containsKey(behaviour);
    }

    /** Returns whether the sending lasts for the duration at least. */
    boolean timed() {
        return open() || count == 0;
    }

    /** Returns how long probes are sent after the first, warm-up included; 0 when not known. */
    long sendingNs() {
        if (!timed()) {
            return 0;
        }
        return (warmupMs + (open() && count > 0 ? count * 1_000L / perSecond : durationMs))
                * MILLION;
    }

    /** Returns the number of measured probes that must be sent; 0 when replies decide it. */
    long planned() {
        return count > 0 ? count : probesIn(warmupMs + durationMs) - probesIn(warmupMs);
    }

    /** Returns the number of probes of the schedule whose time is before this. */
    private long probesIn(long ms) {
        return (ms * perSecond + 999) / 1_000;
    }

    LoadConfig config(Target target) {
        LoadConfig.Load load =
                open()
                        ? new LoadConfig.Load.Open(Rate.perSecond(perSecond))
                        : new LoadConfig.Load.Closed(window, extras.train());
        String text = sizes.toString().replaceAll("[\\[\\] ]", "");
        ProbeSizes lengths = ProbeSizes.parse("--size", text);
        return new LoadConfig(
                Optional.of(target),
                load,
                connections,
                lengths,
                extras.payload() ? Optional.of(payload(lengths)) : Optional.empty(),
                new LoadConfig.Span(
                        count > 0 ? LoadConfig.Span.LONGEST : Duration.ofMillis(durationMs),
                        count > 0 ? Optional.of((long) count) : Optional.empty()),
                Duration.ofMillis(warmupMs),
                TIMEOUT,
                new LoadConfig.Generator(
                        transport, loops, (seed & 1) == 0 ? Pacing.AUTO : Pacing.TIMER),
                new LoadConfig.Sockets(
                        List.of(),
                        Optional.empty(),
                        false,
                        Optional.empty(),
                        extras.lifetimeMs() == 0
                                ? Optional.empty()
                                : Optional.of(Duration.ofMillis(extras.lifetimeMs()))),
                Optional.empty());
    }

    private byte[] payload(ProbeSizes lengths) {
        byte[] payload = new byte[lengths.largest() - Probe.HEADER_BYTES];
        new SplittableRandom(seed).nextBytes(payload);
        return payload;
    }

    Program withCount(int wanted) {
        return with(connections, loops, transport, wanted, extras, does);
    }

    Program without(Behaviour behaviour) {
        Map<Behaviour, Double> fewer = new EnumMap<>(Behaviour.class);
        fewer.putAll(does);
        fewer.remove(behaviour);
        return with(connections, loops, transport, count, extras, fewer);
    }

    Program with(
            int fewerConnections,
            int fewerLoops,
            Transport other,
            int fewerCount,
            Extras fewerExtras,
            Map<Behaviour, Double> doing) {
        return new Program(
                seed,
                protocol,
                other,
                perSecond,
                window,
                fewerConnections,
                fewerLoops,
                fewerCount,
                durationMs,
                warmupMs,
                sizes,
                fewerExtras,
                doing);
    }
}
