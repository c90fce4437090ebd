package io.echo.bench.race;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.ToDoubleFunction;

/**
 * What a race has come to, also when it ended early.
 *
 * @param samples in the order in which they were taken
 * @param failures of servers in cases, as sentences
 * @param absent servers by name, with the reason
 * @param valid whether C and our servers answered everything as they should
 */
public record Outcome(
        Plan plan,
        List<Sample> samples,
        List<Failure> failures,
        Map<String, String> absent,
        boolean interrupted) {
    /** A server that dropped out of a case. */
    record Failure(RaceCase race, String server, String reason, boolean ours) {}

    /** Whether C and our servers stayed in every case. */
    public boolean valid() {
        return failures.stream().noneMatch(Failure::ours);
    }

    /** The cases that have samples, in order. */
    Set<RaceCase> cases() {
        Set<RaceCase> cases = new LinkedHashSet<>();
        samples.forEach(sample -> cases.add(sample.race()));
        return cases;
    }

    /** The servers of a case, in order. */
    Set<String> servers(RaceCase race) {
        Set<String> servers = new LinkedHashSet<>();
        samples.stream()
                .filter(sample -> sample.race() == race)
                .forEach(sample -> servers.add(sample.server()));
        return servers;
    }

    List<Sample> of(RaceCase race, String server) {
        return samples.stream()
                .filter(sample -> sample.race() == race && sample.server().equals(server))
                .toList();
    }

    /** One figure of a server. */
    Spread spread(RaceCase race, String server, ToDoubleFunction<Figures> figure) {
        return Spread.of(
                of(race, server).stream()
                        .mapToDouble(sample -> figure.applyAsDouble(sample.figures()))
                        .toArray());
    }

    /** One figure of a server over that of another in the same turn; empty without such turns. */
    Optional<Spread> ratio(
            RaceCase race, String server, String yardstick, ToDoubleFunction<Figures> figure) {
        double[] ratios =
                of(race, server).stream()
                        .flatMap(
                                sample ->
                                        of(race, yardstick).stream()
                                                .filter(sample::sameTurn)
                                                .limit(1)
                                                .map(
                                                        other ->
                                                                figure.applyAsDouble(
                                                                                sample.figures())
                                                                        / figure.applyAsDouble(
                                                                                other.figures())))
                        .mapToDouble(ratio -> ratio)
                        .toArray();
        return ratios.length == 0 ? Optional.empty() : Optional.of(Spread.of(ratios));
    }
}
