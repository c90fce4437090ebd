package io.echo.bench.race;

import io.echo.bench.race.RaceOutcome.Figure;
import io.echo.bench.race.RaceServers.Peer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;

/** How one server is started, warmed and measured; every server alike. */
record RoundRunner(
        RacePlan plan, BuildDirectory builds, LoaderProcess loader, CompletableFuture<?> stop) {
    /** Before each round, for what a pause has left cold. */
    private static final Duration SETTLE = Duration.ofMillis(200);

    /** The warm-up of servers that do not compile while they run. */
    private static final Duration SHORT_WARMUP = Duration.ofMillis(500);

    private static final Duration START = Duration.ofSeconds(2);
    private static final Duration SATURATION = Duration.ofSeconds(1);
    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final double HALF = 0.5;
    private static final long REST_S = 2;
    private static final double NANOS_PER_MS = 1e6;
    private static final double KIB_PER_MIB = 1_024;

    static RoundRunner of(RacePlan plan, BuildDirectory builds, CompletableFuture<?> stop)
            throws IOException {
        Path load = builds.c("load", "load.h", "load.c", "common.c", "udp.c", "tcp.c", "usage.c");
        return new RoundRunner(
                plan, builds, new LoaderProcess(load, pin(plan.cores().load()), stop), stop);
    }

    /** How often a server is measured after each start. */
    int count(RaceCase race) {
        return race.kind() == RaceCase.Kind.GARBAGE ? 1 : plan.rounds();
    }

    /** About how long a case takes. */
    Duration estimate(RaceCase race, List<Peer> starters) {
        Duration round = SETTLE.plus(plan.round());
        Duration all = Duration.ZERO;
        for (Peer peer : starters) {
            Duration begin = START.plus(warmup(peer));
            all =
                    all.plus(
                            switch (race.kind()) {
                                case LOAD -> begin.plus(round.multipliedBy(plan.rounds()));
                                case HALF ->
                                        begin.plus(
                                                round.multipliedBy(2)
                                                        .plus(SATURATION)
                                                        .multipliedBy(plan.rounds()));
                                case GARBAGE -> begin.plus(MINUTE).plus(SATURATION);
                                case START -> START.plusSeconds(REST_S).multipliedBy(plan.rounds());
                            });
        }
        return all.multipliedBy(plan.restarts());
    }

    /** Starts a server on its core, warms it with the load of the case, and stops its threads. */
    ServerProcess start(RaceCase race, Peer peer) throws IOException, InterruptedException {
        List<String> options =
                race.kind() == RaceCase.Kind.GARBAGE ? GcLog.options(collections(peer)) : List.of();
        ServerProcess.Way way =
                new ServerProcess.Way(
                        race.protocol(), pin(plan.cores().server()), options, log(peer));
        ServerProcess server = ServerProcess.start(peer, way, stop);
        try {
            loader.run(race, server, 0, Duration.ZERO, warmup(peer));
            server.pause();
            return server;
        } catch (IOException | InterruptedException e) {
            server.close();
            throw e;
        }
    }

    /** A closed loop. */
    Map<Figure, Double> saturate(RaceCase race, ServerProcess server, Duration time)
            throws IOException, InterruptedException {
        return awake(server, () -> loader.run(race, server, 0, SETTLE, time));
    }

    double halfOfSaturation(RaceCase race, ServerProcess server)
            throws IOException, InterruptedException {
        return saturate(race, server, SATURATION).get(Figure.RATE) * HALF;
    }

    /** An open loop. */
    Map<Figure, Double> paced(RaceCase race, ServerProcess server, double rate)
            throws IOException, InterruptedException {
        return awake(server, () -> loader.run(race, server, rate, SETTLE, plan.round()));
    }

    /** A minute of half load, and what the heap had to do for it. */
    Map<Figure, Double> garbage(RaceCase race, ServerProcess server)
            throws IOException, InterruptedException {
        double rate = halfOfSaturation(race, server);
        return awake(
                server,
                () -> {
                    GcLog heap = new GcLog(server.log(), collections(server.peer()));
                    int before = heap.pausesMs().size();
                    double allocated = heap.allocated();
                    Map<Figure, Double> figures =
                            loader.run(race, server, rate, Duration.ZERO, MINUTE);
                    allocated = heap.allocated() - allocated;
                    List<Double> all = heap.pausesMs();
                    List<Double> pauses = all.subList(before, all.size());
                    figures.put(Figure.GARBAGE_BYTES, allocated / figures.get(Figure.RECEIVED));
                    figures.put(Figure.COLLECTIONS, (double) pauses.size());
                    figures.put(
                            Figure.LONGEST_PAUSE_MS,
                            pauses.stream().mapToDouble(ms -> ms).max().orElse(0));
                    return figures;
                });
    }

    /** A start on all cores, as a user starts it, and the memory of a server that does nothing. */
    Map<Figure, Double> startUp(RaceCase race, Peer peer) throws IOException, InterruptedException {
        String all =
                plan.cores().all().stream().map(String::valueOf).collect(Collectors.joining(","));
        ServerProcess.Way way =
                new ServerProcess.Way(
                        race.protocol(), List.of("taskset", "-c", all), List.of(), log(peer));
        try (ServerProcess server = ServerProcess.start(peer, way, stop)) {
            if (!server.rests(REST_S)) {
                throw new IOException("it must stay up, but ended");
            }
            Map<Figure, Double> figures = new EnumMap<>(Figure.class);
            figures.put(Figure.FIRST_ECHO_MS, server.firstEchoNs() / NANOS_PER_MS);
            figures.put(Figure.RESIDENT_MIB, residentKib(server.pid()) / KIB_PER_MIB);
            return figures;
        }
    }

    private interface Measuring {
        Map<Figure, Double> run() throws IOException, InterruptedException;
    }

    private static Map<Figure, Double> awake(ServerProcess server, Measuring measuring)
            throws IOException, InterruptedException {
        server.resume();
        try {
            return measuring.run();
        } finally {
            server.pause();
        }
    }

    private static double residentKib(long pid) throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/status"))) {
            if (line.startsWith("VmRSS:")) {
                return Double.parseDouble(line.split("\\s+")[1]);
            }
        }
        throw new IOException("a server must have memory, got none");
    }

    private Duration warmup(Peer peer) {
        return peer.isOurs() || plan.warmup().compareTo(SHORT_WARMUP) < 0
                ? plan.warmup()
                : SHORT_WARMUP;
    }

    private Path log(Peer peer) {
        return builds.directory().resolve(peer.name() + ".log");
    }

    private Path collections(Peer peer) {
        return builds.directory().resolve(peer.name() + ".gc");
    }

    private static List<String> pin(int core) {
        return List.of("taskset", "-c", String.valueOf(core));
    }
}
