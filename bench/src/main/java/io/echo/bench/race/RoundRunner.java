package io.echo.bench.race;

import io.echo.bench.race.RaceCase.Kind;
import io.echo.bench.race.RaceOutcome.Figure;
import io.echo.bench.race.RaceServers.OwnOptions;
import io.echo.bench.race.RaceServers.Peer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** Starts, warms and measures one server, in the same way for every server. */
record RoundRunner(
        RacePlan plan,
        BuildDirectory builds,
        Peer c,
        LoaderProcess loader,
        CompletableFuture<?> stop) {
    /** Load before each round, since the pause has left caches cold. */
    private static final Duration SETTLE = Duration.ofMillis(200);

    /** The warm-up of servers that do not run on a JVM. */
    private static final Duration SHORT_WARMUP = Duration.ofMillis(500);

    private static final Duration START = Duration.ofSeconds(2);
    private static final Duration SATURATION = Duration.ofSeconds(1);
    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final double HALF = 0.5;
    private static final long REST_S = 2;
    private static final double NANOS_PER_MS = 1e6;
    private static final double KIB_PER_MIB = 1_024;

    /**
     * A server that has been started for a case.
     *
     * @param server its process; plain C where a generator is measured
     * @param control a second server of its kind, for cases with a control
     */
    record Entrant(Peer peer, ServerProcess server, Optional<ServerProcess> control)
            implements AutoCloseable {
        @Override
        public void close() {
            server.close();
            control.ifPresent(ServerProcess::close);
        }
    }

    /** Returns the number of rounds after each start. */
    int count(RaceCase race) {
        return race.kind() == Kind.GARBAGE ? 1 : plan.rounds();
    }

    /** Estimates the time that a case takes. */
    Duration estimate(RaceCase race, List<Peer> starters) {
        Duration all = Duration.ZERO;
        for (Peer peer : starters) {
            Duration begin = START.plus(warmup(peer));
            Duration round = SETTLE.plus(plan.round());
            all =
                    all.plus(
                            switch (race.kind()) {
                                case LOAD -> begin.plus(times(round));
                                case PACED -> begin.plus(times(round.plusSeconds(REST_S)));
                                case HALF ->
                                        begin.plus(times(round.multipliedBy(2)))
                                                .plus(times(SATURATION));
                                case GARBAGE -> begin.plus(MINUTE).plus(SATURATION);
                                case START -> times(START.plusSeconds(REST_S));
                                case GENERATOR -> times(warmup(peer).plus(round));
                                case SLEEPING ->
                                        times(warmup(peer).plus(round))
                                                .multipliedBy(peer.isOurs() ? 1 : 2);
                                case LOOPS, SCRAPED, ABUSED ->
                                        begin.plus(times(round)).multipliedBy(2);
                            });
        }
        return all.multipliedBy(plan.restarts());
    }

    private Duration times(Duration round) {
        return round.multipliedBy(plan.rounds());
    }

    /** Starts a server, warms it with the load of the case, and stops its threads. */
    Entrant start(RaceCase race, Peer peer) throws IOException, InterruptedException {
        ServerProcess server = warmed(race, peer, false);
        if (!race.kind().isControlled()) {
            return new Entrant(peer, server, Optional.empty());
        }
        try {
            return new Entrant(peer, server, Optional.of(warmed(race, peer, true)));
        } catch (IOException | InterruptedException e) {
            server.close();
            throw e;
        }
    }

    private ServerProcess warmed(RaceCase race, Peer peer, boolean control)
            throws IOException, InterruptedException {
        Kind kind = race.kind();
        Peer served = kind.field() == RaceCase.Field.GENERATORS ? c : peer;
        List<String> jvm =
                kind == Kind.GARBAGE ? GcLog.options(file(peer.name(), ".gc")) : List.of();
        ServerProcess.Way way =
                new ServerProcess.Way(
                        race.protocol(),
                        plan.cores().pinServer(kind),
                        new OwnOptions(jvm, kind.flags(control)),
                        file(peer.name(), control ? ".control" : ".log"));
        ServerProcess server = ServerProcess.start(served, way, stop);
        try {
            loader.run(race, server, 0, Duration.ZERO, warmup(served));
            server.pause();
            return server;
        } catch (IOException | InterruptedException e) {
            server.close();
            throw e;
        }
    }

    /** Measures a server at the rate of the case, or in closed loop. */
    Map<Figure, Double> load(RaceCase race, ServerProcess server)
            throws IOException, InterruptedException {
        return awake(
                () -> {
                    Map<Figure, Double> figures = run(race, server, 0);
                    if (race.kind() == Kind.PACED) {
                        server.rests(REST_S); // closes the connections, before it is paused
                    }
                    return figures;
                },
                server);
    }

    /** Measures a server in open loop. */
    Map<Figure, Double> paced(RaceCase race, ServerProcess server, double rate)
            throws IOException, InterruptedException {
        return awake(() -> run(race, server, rate), server);
    }

    private Map<Figure, Double> run(RaceCase race, ServerProcess server, double rate)
            throws IOException, InterruptedException {
        return loader.run(race, server, rate, SETTLE, plan.round());
    }

    /** Returns half of the rate that a server carries in closed loop. */
    double halfOfSaturation(RaceCase race, ServerProcess server)
            throws IOException, InterruptedException {
        Map<Figure, Double> saturated =
                awake(() -> loader.run(race, server, 0, SETTLE, SATURATION), server);
        return saturated.get(Figure.RATE) * HALF;
    }

    /** Measures a minute at half of saturation, and the garbage of that minute. */
    Map<Figure, Double> garbage(RaceCase race, Entrant entrant)
            throws IOException, InterruptedException {
        ServerProcess server = entrant.server();
        double rate = halfOfSaturation(race, server);
        return awake(
                () -> {
                    GcLog log = new GcLog(server, file(entrant.peer().name(), ".gc"));
                    int before = log.pausesMs().size();
                    double allocated = log.allocated();
                    Map<Figure, Double> figures =
                            loader.run(race, server, rate, Duration.ZERO, MINUTE);
                    allocated = log.allocated() - allocated;
                    List<Double> all = log.pausesMs();
                    List<Double> pauses = all.subList(before, all.size());
                    figures.put(Figure.GARBAGE_BYTES, allocated / figures.get(Figure.RECEIVED));
                    figures.put(Figure.COLLECTIONS, (double) pauses.size());
                    figures.put(
                            Figure.LONGEST_PAUSE_MS,
                            pauses.stream().mapToDouble(ms -> ms).max().orElse(0));
                    return figures;
                },
                server);
    }

    /** Measures a generator, which warms up in its own process. */
    Map<Figure, Double> generator(RaceCase race, Entrant entrant)
            throws IOException, InterruptedException {
        ServerProcess server = entrant.server();
        return entrant.peer().isOurs()
                ? awake(() -> loader.runOurs(race, server, entrant.peer().name()), server)
                : load(race, server);
    }

    /** Measures a server while its admin port, or that of the idle control, is in use. */
    Map<Figure, Double> watched(RaceCase race, Entrant entrant, ServerProcess target)
            throws IOException, InterruptedException {
        ServerProcess server = entrant.server();
        boolean scraped = race.kind() == Kind.SCRAPED;
        return awake(
                () -> {
                    try (AdminLoad beside =
                            scraped ? AdminLoad.scrapes(target) : AdminLoad.abuse(target)) {
                        Map<Figure, Double> figures = run(race, server, 0);
                        beside.check();
                        return figures;
                    }
                },
                server,
                entrant.control().get());
    }

    /** Measures a start on all cores, as a user starts it, and the memory of an idle server. */
    Map<Figure, Double> startUp(RaceCase race, Peer peer) throws IOException, InterruptedException {
        ServerProcess.Way way =
                new ServerProcess.Way(
                        race.protocol(),
                        plan.cores().pinNowhere(),
                        OwnOptions.NONE,
                        file(peer.name(), ".log"));
        try (ServerProcess server = ServerProcess.start(peer, way, stop)) {
            if (!server.rests(REST_S)) {
                throw new IOException("it ended by itself");
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

    private static Map<Figure, Double> awake(Measuring measuring, ServerProcess... servers)
            throws IOException, InterruptedException {
        try {
            for (ServerProcess server : servers) {
                server.resume();
            }
            return measuring.run();
        } finally {
            for (ServerProcess server : servers) {
                server.pause();
            }
        }
    }

    private static double residentKib(long pid) throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/status"))) {
            if (line.startsWith("VmRSS:")) {
                return Double.parseDouble(line.split("\\s+")[1]);
            }
        }
        throw new IOException("no VmRSS of process " + pid);
    }

    private Duration warmup(Peer peer) {
        return peer.isOurs() || plan.warmup().compareTo(SHORT_WARMUP) < 0
                ? plan.warmup()
                : SHORT_WARMUP;
    }

    private Path file(String name, String ending) {
        return builds.directory().resolve(name + ending);
    }
}
