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
import java.util.stream.Stream;

/**
 * A load and the behaviour of its server, drawn from a seed so that the truth is plain.
 *
 * @param perSecond rate of an open loop; 0 for a closed one
 * @param window of a closed loop
 * @param count measured probes; 0 for as many as fit in the duration
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

    /** Length of a probe of which a few hundred fill a connection. */
    private static final int CLOGGING_BYTES = 65_507;

    private static final int TRAIN = 4;

    /** Those that send something after a connection may have been replaced and closed. */
    private static final Set<Behaviour> STRAY =
            Set.of(
                    Behaviour.DUPLICATE,
                    Behaviour.HOLD,
                    Behaviour.SWAP,
                    Behaviour.STRANGER,
                    Behaviour.GARBLE,
                    Behaviour.LENGTHEN,
                    Behaviour.STALL,
                    Behaviour.BLOCK);

    private static final long MILLION = 1_000_000;

    /** Draws a program; the same seed gives the same one. */
    static Program draw(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        Protocol protocol = random.nextInt(5) < 3 ? Protocol.UDP : Protocol.TCP;
        Transport transport = transport(random);
        boolean open = random.nextBoolean();
        boolean clogs = protocol == Protocol.TCP && open && random.nextInt(4) == 0;
        int perSecond = clogs ? pick(random, 200, 500) : pick(random, 10, 30, 100, 200, 500);
        int window = pick(random, 1, 4, 16);
        int connections = clogs ? pick(random, 1, 2) : pick(random, 1, 1, 2, 5);
        int loops = random.nextInt(1, 3);
        boolean counted = random.nextBoolean();
        int warmupMs = random.nextInt(3) == 0 ? pick(random, 250, 400) : 0;
        List<Integer> sizes =
                clogs
                        ? List.of(CLOGGING_BYTES)
                        : random.nextInt(3) == 0
                                ? List.of(40, 200, 1_000)
                                : List.of(pick(random, 40, 64, 333, large(protocol)));
        boolean trains =
                protocol == Protocol.UDP
                        && transport == Transport.EPOLL
                        && !open
                        && window >= TRAIN
                        && sizes.size() == 1
                        && random.nextBoolean();
        Extras extras =
                new Extras(
                        random.nextInt(6) == 0 ? LIFETIME_MS : 0,
                        trains ? TRAIN : 1,
                        random.nextInt(4) == 0);
        Program quiet =
                new Program(
                        seed,
                        protocol,
                        transport,
                        open ? perSecond : 0,
                        window,
                        connections,
                        loops,
                        0,
                        DURATION_MS,
                        warmupMs,
                        sizes,
                        extras,
                        Map.of());
        Program drawn = quiet.doing(behaviours(random, quiet, open || !counted));
        int most = random.nextInt(4) == 0 ? FEW : MOST;
        return counted ? drawn.withCount(drawn.affordable(random.nextInt(1, most))) : drawn;
    }

    private static Transport transport(SplittableRandom random) {
        List<Transport> usable =
                Stream.of(Transport.NIO, Transport.EPOLL, Transport.IO_URING)
                        .filter(each -> each.unavailabilityCause().isEmpty())
                        .toList();
        // io_uring is used little, and costs most to set up.
        Transport drawn = usable.get(random.nextInt(usable.size()));
        return drawn == Transport.IO_URING && random.nextBoolean() ? Transport.NIO : drawn;
    }

    private static int large(Protocol protocol) {
        return protocol == Protocol.UDP ? 1_400 : 9_000;
    }

    private static Map<Behaviour, Double> behaviours(
            SplittableRandom random, Program quiet, boolean timed) {
        Map<Behaviour, Double> does = new EnumMap<>(Behaviour.class);
        for (Behaviour behaviour : Behaviour.of(quiet.protocol())) {
            double share = quiet.clogs() ? clogging(random, behaviour) : share(random, behaviour);
            if (random.nextInt(behaviour == Behaviour.REFUSE || quiet.clogs() ? 2 : 4) == 0
                    && quiet.fits(behaviour, timed)) {
                does.put(behaviour, share);
            }
        }
        if (does.containsKey(Behaviour.REFUSE)) {
            does.put(Behaviour.FINISH, 1.0); // Else nobody would come to be refused.
        }
        if (does.containsKey(Behaviour.LENGTHEN) && quiet.protocol() == Protocol.TCP) {
            does.keySet().removeAll(Set.of(Behaviour.CUT, Behaviour.SPLIT, Behaviour.MERGE));
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

    /** Draws the share of connections that stall, when probes are large enough to be held up. */
    private static double clogging(SplittableRandom random, Behaviour behaviour) {
        return behaviour == Behaviour.STALL || behaviour == Behaviour.BLOCK
                ? pick(random, 5, 10) / 10.0
                : share(random, behaviour);
    }

    /**
     * Returns whether the truth of it is plain: what comes late or is away for a time needs a run
     * of known length; what loses probes on the way hides where a closed loop's warm-up ends; and
     * bytes between the replies of a stream need a reply at a time.
     */
    private boolean fits(Behaviour behaviour, boolean timed) {
        if (extras.lifetimeMs() > 0 && STRAY.contains(behaviour)) {
            return false;
        }
        boolean told = open() || warmupMs == 0;
        return switch (behaviour) {
            case HOLD, STALL -> timed;
            case VANISH, REFUSE -> timed && told;
            case RESET -> told;
            case FINISH -> told || transport != Transport.IO_URING;
            case BLOCK -> clogs() && warmupMs == 0;
            case LENGTHEN -> protocol == Protocol.UDP || !open() && window == 1;
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
                        Behaviour.GARBLE,
                        Behaviour.CUT,
                        Behaviour.LENGTHEN,
                        Behaviour.MERGE,
                        Behaviour.SWAP)) {
            unanswered += 2 * share(behaviour);
        }
        return Math.max(1, Math.min(wanted, (int) (3 * window * connections / unanswered)));
    }

    /** Returns whether a connection that is not read for long is full. */
    boolean clogs() {
        return sizes.contains(CLOGGING_BYTES);
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
        return warmupMs * MILLION + measuringNs();
    }

    /** Returns how long the measured phase is by the plan, unless replies decide it. */
    long measuringNs() {
        return (open() && count > 0 ? count * 1_000L / perSecond : durationMs) * MILLION;
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

    private Program doing(Map<Behaviour, Double> behaviours) {
        return with(connections, loops, transport, count, extras, behaviours);
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
