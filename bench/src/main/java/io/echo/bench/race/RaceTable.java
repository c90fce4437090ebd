package io.echo.bench.race;

import io.echo.bench.race.RaceOutcome.Figure;
import io.echo.bench.race.RaceOutcome.Spread;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** Writes the outcome as text, for a terminal of 80 columns. */
final class RaceTable {
    private static final String NAME = "%-12s";
    private static final String RATIO = " %-15s";
    private static final double SATURATED = 0.95;
    private static final double LEAST = 0.001;

    private RaceTable() {}

    /** Returns the tables: medians of the rounds, and ratios with their ranges. */
    static List<String> text(RaceOutcome outcome) {
        List<String> lines = new ArrayList<>();
        for (RaceCase race : outcome.cases()) {
            lines.add("");
            lines.add(race.label() + ": " + race.title());
            lines.add(heading(race.kind()));
            boolean bounded = false;
            for (String server : outcome.servers(race)) {
                lines.add(row(outcome, race, server));
                bounded |= isBounded(outcome, race, server);
            }
            lines.addAll(besideOthers(outcome, race));
            if (bounded) {
                lines.add("+ at least: the loader was busier than the server");
            }
            lost(outcome, race).ifPresent(lines::add);
        }
        return lines;
    }

    /** Returns lines about servers that are absent or dropped out, and about an early end. */
    static List<String> notes(RaceOutcome outcome) {
        List<String> notes = new ArrayList<>();
        outcome.failures().forEach(failure -> notes.add(failure.toString()));
        outcome.absent().forEach((name, why) -> notes.add(name + " is absent: " + why));
        if (outcome.interrupted()) {
            notes.add("ended early, on request");
        }
        return notes;
    }

    private static String heading(RaceCase.Kind kind) {
        StringBuilder line = new StringBuilder(cell(NAME, ""));
        kind.columns().forEach(figure -> line.append(cell(width(figure), figure.heading())));
        for (Figure figure : kind.ratios()) {
            String yardstick = kind.isControlled() ? kind.yardstick() : "C";
            line.append(cell(RATIO, quantity(figure) + " to " + yardstick));
        }
        return line.toString().stripTrailing();
    }

    private static String row(RaceOutcome outcome, RaceCase race, String server) {
        StringBuilder line = new StringBuilder(cell(NAME, server));
        for (Figure figure : race.kind().columns()) {
            String value = value(figure, outcome.spread(race, server, figure).median());
            boolean bounded = figure == Figure.RATE && isBounded(outcome, race, server);
            line.append(cell(width(figure), bounded ? value + "+" : value));
        }
        for (Figure figure : race.kind().ratios()) {
            boolean own = race.kind().yardstickOf(server).equals(server);
            line.append(cell(RATIO, ratio(own, outcome.toYardstick(race, server, figure))));
        }
        return line.toString().stripTrailing();
    }

    private static List<String> besideOthers(RaceOutcome outcome, RaceCase race) {
        List<String> lines = new ArrayList<>();
        for (String server : outcome.servers(race)) {
            for (String other : outcome.others(race, server)) {
                List<String> ratios = new ArrayList<>();
                for (Figure figure : race.kind().compared()) {
                    outcome.ratio(race, server, other, figure)
                            .ifPresent(ratio -> ratios.add(quantity(figure) + " " + show(ratio)));
                }
                if (!server.equals(other) && !ratios.isEmpty()) {
                    lines.add(
                            cell(NAME, server) + "to " + other + ": " + String.join(", ", ratios));
                }
            }
        }
        return lines;
    }

    /** Returns the heading of a figure without its unit. */
    private static String quantity(Figure figure) {
        return figure.heading().split(" ")[0];
    }

    /** Returns a line about the messages lost in all rounds, if there are any. */
    private static Optional<String> lost(RaceOutcome outcome, RaceCase race) {
        Map<String, Long> lost = outcome.lost(race);
        return lost.isEmpty()
                ? Optional.empty()
                : Optional.of(
                        lost.entrySet().stream()
                                .map(
                                        entry ->
                                                String.format(
                                                        Locale.ROOT,
                                                        "%s %,d",
                                                        entry.getKey(),
                                                        entry.getValue()))
                                .collect(Collectors.joining(", ", "lost: ", "")));
    }

    /** Returns whether the loader was the limit, so that the server could have carried more. */
    private static boolean isBounded(RaceOutcome outcome, RaceCase race, String server) {
        if (race.kind() != RaceCase.Kind.LOAD) {
            return false;
        }
        double load = outcome.spread(race, server, Figure.LOAD_BUSY).median();
        return load >= SATURATED
                && outcome.spread(race, server, Figure.SERVER_BUSY).median() < load;
    }

    private static String width(Figure figure) {
        return switch (figure) {
            case RATE -> "%10s";
            case CPU_US, P50_US, P90_US, P99_US -> "%7s";
            case RESIDENT_MIB -> "%4s";
            default -> "%10s";
        };
    }

    private static String cell(String format, String text) {
        return String.format(Locale.ROOT, format, text);
    }

    private static String ratio(boolean own, Optional<Spread> ratio) {
        return own ? "1" : ratio.map(RaceTable::show).orElse("-");
    }

    static String value(Figure figure, double value) {
        return switch (figure) {
            case RATE, RESIDENT_MIB, COLLECTIONS -> String.format(Locale.ROOT, "%,.0f", value);
            default -> number(value);
        };
    }

    /** Shows the median, and the lowest and the highest unless all are the same. */
    private static String show(Spread ratio) {
        return ratio.max() < LEAST || ratio.min() == ratio.max()
                ? number(ratio.max())
                : number(ratio.median()) + " " + number(ratio.min()) + "-" + number(ratio.max());
    }

    /** Shows about three significant digits. */
    private static String number(double value) {
        if (value > 0 && value < LEAST) {
            return "<" + LEAST;
        }
        int digits = value >= 99.95 ? 0 : value >= 9.995 ? 1 : value >= 0.0995 ? 2 : 3;
        return String.format(Locale.ROOT, "%." + digits + "f", value);
    }
}
