package io.echo.bench.race;

import io.echo.bench.race.RaceOutcome.Figure;
import io.echo.bench.race.RaceOutcome.Sample;
import io.echo.bench.race.RaceServers.Origin;
import io.echo.bench.race.RaceServers.Peer;
import io.echo.bench.race.RoundRunner.Entrant;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * Runs a race: servers in turn on one core, each with the same load from another core.
 *
 * <p>For each case, and as often as {@link RacePlan#restarts} says, all servers are started, warmed
 * with the load of the case, and measured in alternating rounds, so that other work of the machine
 * disturbs all of them alike. Between their rounds they are stopped.
 */
final class Race implements AutoCloseable {
    private final RacePlan plan;
    private final BuildDirectory builds;
    private final RaceServers servers;
    private final RoundRunner rounds;
    private final Consumer<String> progress;
    private final CompletableFuture<?> stop;
    private final Thread hook = new Thread(this::end);
    private final List<Sample> samples = new ArrayList<>();
    private final List<RaceOutcome.Failure> failures = new ArrayList<>();

    private Race(
            RacePlan plan,
            BuildDirectory builds,
            RaceServers servers,
            Consumer<String> progress,
            CompletableFuture<?> stop)
            throws IOException {
        this.plan = plan;
        this.builds = builds;
        this.servers = servers;
        this.progress = progress;
        this.stop = stop;
        LoaderProcess loader = LoaderProcess.of(plan, builds, stop);
        this.rounds = new RoundRunner(plan, builds, servers.present().get(0), loader, stop);
    }

    /**
     * Compiles the C server and the loader, and finds the servers.
     *
     * @param progress receives a line for each round
     * @param stop ends the race early when it completes
     * @throws IOException when this machine lacks something that a race needs
     */
    static Race prepare(RacePlan plan, Consumer<String> progress, CompletableFuture<?> stop)
            throws IOException {
        BuildDirectory.require("taskset", "keeps each server on its core");
        BuildDirectory.require("setsid", "keeps the Ctrl-C of a terminal from the servers");
        plan.cores().keepOff();
        BuildDirectory builds = BuildDirectory.open();
        try {
            RaceServers servers = RaceServers.find(plan, builds);
            Race race = new Race(plan, builds, servers, progress, stop);
            Runtime.getRuntime().addShutdownHook(race.hook);
            return race;
        } catch (IOException | RuntimeException e) {
            builds.close();
            throw e;
        }
    }

    /** Returns a line about the servers and the time that the race will take. */
    String announcement() throws IOException {
        Duration all = Duration.ZERO;
        for (RaceCase race : plan.cases()) {
            all = all.plus(rounds.estimate(race, starters(race)));
        }
        return String.format(
                Locale.ROOT,
                "%d case%s, servers %s: about %d min %02d s",
                plan.cases().size(),
                plan.cases().size() == 1 ? "" : "s",
                servers.present().stream().map(Peer::name).collect(Collectors.joining(" ")),
                all.toMinutes(),
                all.toSecondsPart());
    }

    /** Runs all cases, or those before {@code stop} completes. */
    RaceOutcome run() throws IOException, InterruptedException {
        for (RaceCase race : plan.cases()) {
            for (int restart = 0; restart < plan.restarts() && !stop.isDone(); restart++) {
                if (race.kind() == RaceCase.Kind.START) {
                    starts(race, restart);
                } else {
                    heat(race, restart);
                }
            }
        }
        return new RaceOutcome(
                plan, List.copyOf(samples), List.copyOf(failures), servers.absent(), stop.isDone());
    }

    /** Returns the servers that a case is for, and that have not dropped out of it. */
    private List<Peer> starters(RaceCase race) throws IOException {
        List<Peer> starters = new ArrayList<>();
        for (Peer peer : servers.present()) {
            boolean out =
                    failures.stream()
                            .anyMatch(f -> f.race() == race && f.server().equals(peer.name()));
            if (!out && peer.isOf(race.kind().field()) && peer.speaks(race.protocol())) {
                starters.add(peer);
            }
        }
        return starters;
    }

    /** Starts all servers of a case, measures them in rounds, and ends them. */
    private void heat(RaceCase race, int restart) throws IOException, InterruptedException {
        List<Entrant> field = new ArrayList<>();
        try {
            for (Peer peer : starters(race)) {
                attempt(race, peer, () -> field.add(rounds.start(race, peer)));
            }
            for (int round = 0; round < rounds.count(race) && !stop.isDone(); round++) {
                for (Entrant entrant : List.copyOf(field)) {
                    Turn turn = new Turn(race, restart, round);
                    if (!attempt(race, entrant.peer(), () -> measure(turn, entrant, field))) {
                        field.remove(entrant);
                        entrant.close();
                    }
                }
            }
        } finally {
            field.forEach(Entrant::close);
        }
    }

    private void starts(RaceCase race, int restart) throws IOException, InterruptedException {
        for (int round = 0; round < rounds.count(race) && !stop.isDone(); round++) {
            for (Peer peer : starters(race)) {
                Turn turn = new Turn(race, restart, round);
                attempt(race, peer, () -> add(turn, peer.name(), rounds.startUp(race, peer)));
            }
        }
    }

    private record Turn(RaceCase race, int restart, int round) {}

    private void measure(Turn turn, Entrant entrant, List<Entrant> field)
            throws IOException, InterruptedException {
        RaceCase race = turn.race();
        String name = entrant.peer().name();
        String yardstick = race.kind().yardstickOf(name);
        switch (race.kind()) {
            case LOAD, PACED -> add(turn, name, rounds.load(race, entrant.server()));
            case GENERATOR -> add(turn, name, rounds.generator(race, entrant));
            case SLEEPING -> {
                add(turn, name, rounds.generator(race, entrant));
                if (name.equals(RaceServers.C)) {
                    add(turn, yardstick, rounds.generator(race, entrant));
                }
            }
            case GARBAGE -> add(turn, name, rounds.garbage(race, entrant));
            case HALF -> {
                double rate = rounds.halfOfSaturation(race, entrant.server());
                add(turn, name, rounds.paced(race, entrant.server(), rate));
                if (!yardstick.equals(name)) {
                    add(turn, yardstick, rounds.paced(race, field.get(0).server(), rate));
                }
            }
            case LOOPS, SCRAPED, ABUSED -> {
                ServerProcess control = entrant.control().get();
                Step own = () -> add(turn, name, controlled(race, entrant, entrant.server()));
                Step other = () -> add(turn, yardstick, controlled(race, entrant, control));
                boolean ownFirst = turn.round() % 2 == 0;
                (ownFirst ? own : other).run();
                (ownFirst ? other : own).run();
            }
            case START -> throw new IllegalStateException("a start has no entrants");
        }
    }

    private Map<Figure, Double> controlled(RaceCase race, Entrant entrant, ServerProcess which)
            throws IOException, InterruptedException {
        return race.kind() == RaceCase.Kind.LOOPS
                ? rounds.load(race, which)
                : rounds.watched(race, entrant, which);
    }

    private void add(Turn turn, String server, Map<Figure, Double> figures) {
        samples.add(new Sample(turn.race(), server, turn.restart(), turn.round(), figures));
        progress.accept(
                turn.race().kind().columns().stream()
                        .map(
                                figure ->
                                        RaceTable.value(figure, figures.get(figure))
                                                + " "
                                                + figure.heading())
                        .collect(
                                Collectors.joining(
                                        ", ",
                                        String.format(
                                                Locale.ROOT,
                                                "%s %d.%d %s: ",
                                                turn.race().label(),
                                                turn.restart() + 1,
                                                turn.round() + 1,
                                                server),
                                        "")));
    }

    /** A step for one server. When it fails, the server drops out of the case; the race goes on. */
    private interface Step {
        void run() throws IOException, InterruptedException;
    }

    private boolean attempt(RaceCase race, Peer peer, Step step) throws InterruptedException {
        if (stop.isDone()) {
            return true;
        }
        try {
            step.run();
            return true;
        } catch (IOException e) {
            if (!stop.isDone()) {
                boolean ours = peer.origin() != Origin.FOREIGN;
                RaceOutcome.Failure failure =
                        new RaceOutcome.Failure(race, peer.name(), e.getMessage(), ours);
                failures.add(failure);
                progress.accept(failure.toString());
            }
            return false;
        }
    }

    /** Ends all child processes, also when this process is ended by a signal. */
    private void end() {
        ProcessHandle.current().descendants().forEach(ProcessHandle::destroyForcibly);
        try {
            builds.close();
        } catch (IOException e) {
            // The process is ending: the directory stays.
        }
    }

    @Override
    public void close() throws IOException {
        builds.close();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The hook runs already.
        }
    }
}
