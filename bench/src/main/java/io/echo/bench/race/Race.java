package io.echo.bench.race;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * Servers in turn on one core, each given the same load from another.
 *
 * <p>For each case, and as often as {@link Plan#restarts} says, all servers are started, warmed
 * with the load of the case, and measured in alternating rounds, so that what else the machine does
 * befalls all alike. They stay up between their rounds; without traffic an echo takes no CPU.
 */
public final class Race implements AutoCloseable {
    private static final Duration SHORT_WARMUP = Duration.ofMillis(500);
    private static final Duration START = Duration.ofMillis(1_500);
    private static final Duration SATURATION = Duration.ofSeconds(1);
    private static final double HALF = 0.5;

    private final Plan plan;
    private final Workshop workshop;
    private final Peers peers;
    private final Loader loader;
    private final Consumer<String> progress;
    private final CompletableFuture<?> stop;
    private final List<Sample> samples = new ArrayList<>();
    private final List<Outcome.Failure> failures = new ArrayList<>();

    private Race(
            Plan plan,
            Workshop workshop,
            Peers peers,
            Consumer<String> progress,
            CompletableFuture<?> stop)
            throws IOException {
        this.plan = plan;
        this.workshop = workshop;
        this.peers = peers;
        this.progress = progress;
        this.stop = stop;
        Path load = workshop.c("load", "load.h", "load.c", "udp.c", "tcp.c", "usage.c");
        this.loader = new Loader(load, pin(plan.cores().load()), stop);
    }

    /**
     * Compiles yardstick and loader, and finds the servers.
     *
     * @param progress told one line for each round
     * @param stop ends the race early when it completes
     * @throws IOException when this machine has not what a race needs
     */
    public static Race prepare(Plan plan, Consumer<String> progress, CompletableFuture<?> stop)
            throws IOException {
        Commands.require("taskset", "since each server has a core to itself");
        Commands.require("setsid", "since servers must not be ended by a terminal");
        plan.cores().keepOff();
        Workshop workshop = Workshop.open();
        try {
            return new Race(plan, workshop, Peers.find(plan, workshop), progress, stop);
        } catch (IOException | RuntimeException e) {
            workshop.close();
            throw e;
        }
    }

    /** What will run, and for how long about. */
    public String announcement() throws IOException {
        Duration all = Duration.ZERO;
        for (RaceCase race : plan.cases()) {
            for (Peer peer : starters(race)) {
                Duration round =
                        race.kind() == RaceCase.Kind.HALF
                                ? plan.round().multipliedBy(2).plus(SATURATION)
                                : plan.round();
                all = all.plus(START).plus(warmup(peer)).plus(round.multipliedBy(plan.rounds()));
            }
        }
        all = all.multipliedBy(plan.restarts());
        return String.format(
                Locale.ROOT,
                "%d cases, servers %s: about %d min %d s",
                plan.cases().size(),
                String.join(" ", peers.present().stream().map(Peer::name).toList()),
                all.toMinutes(),
                all.toSecondsPart());
    }

    /** Runs all of it, or until it is told to stop. */
    public Outcome run() throws IOException, InterruptedException {
        for (RaceCase race : plan.cases()) {
            for (int restart = 0; restart < plan.restarts() && !stop.isDone(); restart++) {
                heat(race, restart);
            }
        }
        return new Outcome(
                plan,
                List.copyOf(samples),
                List.copyOf(failures),
                peers.absent(),
                stop.isDone());
    }

    private List<Peer> starters(RaceCase race) throws IOException {
        List<Peer> starters = new ArrayList<>();
        for (Peer peer : peers.present()) {
            boolean failed =
                    failures.stream()
                            .anyMatch(f -> f.race() == race && f.server().equals(peer.name()));
            if (peer.speaks(race.protocol()) && !failed) {
                starters.add(peer);
            }
        }
        return starters;
    }

    /** From the start of all servers to their end. */
    private void heat(RaceCase race, int restart) throws IOException, InterruptedException {
        List<Running> running = new ArrayList<>();
        try {
            for (Peer peer : starters(race)) {
                start(race, peer).ifPresent(running::add);
            }
            for (int round = 0; round < plan.rounds() && !stop.isDone(); round++) {
                for (Running server : List.copyOf(running)) {
                    Turn turn = new Turn(race, restart, round);
                    if (!stop.isDone() && !measure(turn, server, running.get(0))) {
                        server.close();
                        running.remove(server);
                    }
                }
            }
        } finally {
            running.forEach(Running::close);
        }
    }

    private record Turn(RaceCase race, int restart, int round) {}

    private java.util.Optional<Running> start(RaceCase race, Peer peer)
            throws IOException, InterruptedException {
        Running server = null;
        try {
            Path log = workshop.directory().resolve(peer.name() + ".log");
            server =
                    Running.start(
                            peer, race.protocol(), pin(plan.cores().server()), log, stop);
            loader.warm(race, server, warmup(peer));
            return java.util.Optional.of(server);
        } catch (IOException e) {
            if (server != null) {
                server.close();
            }
            failed(race, peer, e);
            return java.util.Optional.empty();
        }
    }

    private Duration warmup(Peer peer) {
        return peer.compiles() || plan.warmup().compareTo(SHORT_WARMUP) < 0
                ? plan.warmup()
                : SHORT_WARMUP;
    }

    private boolean measure(Turn turn, Running server, Running c)
            throws IOException, InterruptedException {
        String name = server.peer().name();
        try {
            if (turn.race().kind() == RaceCase.Kind.LOAD) {
                add(turn, name, loader.round(turn.race(), server, 0, plan.round()));
                return true;
            }
            double rate = loader.round(turn.race(), server, 0, SATURATION).rate() * HALF;
            add(turn, name, loader.round(turn.race(), server, rate, plan.round()));
            if (server != c) {
                add(turn, Sample.atRateOf(name),
                        loader.round(turn.race(), c, rate, plan.round()));
            }
            return true;
        } catch (IOException e) {
            failed(turn.race(), server.peer(), e);
            return false;
        }
    }

    private void add(Turn turn, String server, Figures figures) {
        samples.add(new Sample(turn.race(), server, turn.restart(), turn.round(), figures));
        progress.accept(
                String.format(
                        Locale.ROOT,
                        "%-16s restart %d round %d  %-12s %,11.0f/s %9.3f us CPU  p99 %9.1f us",
                        turn.race().label(),
                        turn.restart() + 1,
                        turn.round() + 1,
                        server,
                        figures.rate(),
                        figures.cpuUs(),
                        figures.p99Us()));
    }

    private void failed(RaceCase race, Peer peer, IOException e) {
        if (stop.isDone()) {
            return;
        }
        failures.add(new Outcome.Failure(race, peer.name(), e.getMessage(), peer.ours()));
        progress.accept(race.label() + "  " + peer.name() + " is out: " + e.getMessage());
    }

    private static List<String> pin(int core) {
        return List.of("taskset", "-c", String.valueOf(core));
    }

    @Override
    public void close() throws IOException {
        workshop.close();
    }
}
