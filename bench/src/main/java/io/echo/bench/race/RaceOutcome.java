package io.echo.bench.race;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a race has come to, also when it ended early.
 *
 * @param samples in the order in which they were taken
 * @param absent servers by name, with the reason
 * @param interrupted whether there was to be more
 */
public record RaceOutcome(
        RacePlan plan,
        List<Sample> samples,
        List<Failure> failures,
        Map<String, String> absent,
        boolean interrupted) {
    /**
     * A server that dropped out of a case.
     *
     * @param ours whether it is C or of this project: then the race is not valid
     */
    record Failure(RaceCase race, String server, String reason, boolean ours) {
        @Override
        public String toString() {
            return server + " is out of " + race.label() + ": " + reason;
        }
    }

    /** Whether C and our servers answered everything as they should. */
    public boolean valid() {
        return failures.stream().noneMatch(Failure::ours);
    }

    /** The cases that have samples, in order. */
    List<RaceCase> cases() {
        return samples.stream().map(Sample::race).distinct().toList();
    }

    /** The servers of a case, in order, without those that are only yardsticks. */
    List<String> servers(RaceCase race) {
        return samples.stream()
                .filter(sample -> sample.race() == race && !sample.isYardstick())
                .map(Sample::server)
                .distinct()
                .toList();
    }

    /** One figure of a server in a case. */
    Spread spread(RaceCase race, String server, Figure figure) {
        return Spread.of(
                of(race, server).stream().mapToDouble(sample -> sample.figure(figure)).toArray());
    }

    /** One figure of a server over that of plain C in the same turn; empty without such turns. */
    Optional<Spread> toC(RaceCase race, String server, Figure figure) {
        boolean half = race.kind() == RaceCase.Kind.HALF;
        return ratio(race, server, half ? Sample.atRateOf(server) : Peers.C, figure);
    }

    /** One figure of a server over that of another in the same turn. */
    Optional<Spread> ratio(RaceCase race, String server, String yardstick, Figure figure) {
        List<Sample> others = of(race, yardstick);
        double[] ratios =
                of(race, server).stream()
                        .flatMap(
                                sample ->
                                        others.stream()
                                                .filter(sample::sameTurn)
                                                .map(o -> sample.figure(figure) / o.figure(figure)))
                        .mapToDouble(ratio -> ratio)
                        .toArray();
        return ratios.length == 0 ? Optional.empty() : Optional.of(Spread.of(ratios));
    }

    /** How much each server lost in a case, of those that lost something. */
    Map<String, Long> lost(RaceCase race) {
        Map<String, Long> lost = new LinkedHashMap<>();
        for (Sample sample : samples) {
            double count = sample.figures().getOrDefault(Figure.LOST, 0.0);
            if (sample.race() == race && count > 0) {
                lost.merge(sample.server(), (long) count, Long::sum);
            }
        }
        return lost;
    }

    private List<Sample> of(RaceCase race, String server) {
        return samples.stream()
                .filter(sample -> sample.race() == race && sample.server().equals(server))
                .toList();
    }
}
