package io.echo.bench.race;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** The outcome as Markdown: one table of ratios for a reader in a hurry, and one of each case. */
public final class Markdown {
    private Markdown() {}

    /**
     * The whole text.
     *
     * @param conditions where and how it was measured
     */
    public static String text(Outcome outcome, Conditions conditions) {
        List<String> lines = new ArrayList<>();
        lines.add(String.join("\n", conditions.sentences(outcome.plan())));
        lines.add("");
        lines.addAll(overview(outcome));
        for (RaceCase race : outcome.cases()) {
            lines.add("");
            lines.add("**" + race.label() + "**: " + race.title());
            lines.add("");
            lines.addAll(detail(outcome, race));
            Table.lost(outcome, race).ifPresent(lost -> lines.addAll(List.of("", lost)));
        }
        List<String> notes = notes(outcome);
        if (!notes.isEmpty()) {
            lines.add("");
            notes.forEach(note -> lines.add("- " + note));
        }
        return String.join("\n", lines) + "\n";
    }

    /** Who was not there, and who dropped out. */
    public static List<String> notes(Outcome outcome) {
        List<String> notes = new ArrayList<>();
        outcome.failures().forEach(failure -> notes.add(failure.toString()));
        outcome.absent().forEach((name, why) -> notes.add(name + " is absent: " + why));
        if (outcome.interrupted()) {
            notes.add("ended early, on request");
        }
        return notes;
    }

    /** What tells most of each case, to that of C. */
    private static List<String> overview(Outcome outcome) {
        List<RaceCase> cases =
                outcome.cases().stream().filter(race -> !race.kind().ratios().isEmpty()).toList();
        List<String> servers =
                cases.stream().flatMap(race -> outcome.servers(race).stream()).distinct()
                        .filter(server -> !server.equals(Peers.C))
                        .toList();
        List<String> lines = new ArrayList<>();
        if (servers.isEmpty()) {
            return lines;
        }
        lines.add("| to C | " + String.join(" | ", servers) + " |");
        lines.add("|---".repeat(servers.size() + 1) + "|");
        for (RaceCase race : cases) {
            for (Figure figure : race.tells()) {
                lines.add(
                        servers.stream()
                                .map(server -> cell(outcome.toC(race, server, figure)))
                                .collect(
                                        Collectors.joining(
                                                " | ",
                                                "| " + race.label() + ", " + name(figure) + " | ",
                                                " |")));
            }
        }
        return lines;
    }

    /** A figure without its unit, as the name of a ratio. */
    private static String name(Figure figure) {
        return figure.heading().split(" ")[0];
    }

    private static List<String> detail(Outcome outcome, RaceCase race) {
        RaceCase.Kind kind = race.kind();
        List<String> heads = new ArrayList<>(List.of("server"));
        kind.columns().forEach(figure -> heads.add(figure.heading()));
        kind.ratios().forEach(figure -> heads.add(name(figure) + " to C"));
        race.besideC().forEach(other -> kind.ratios().forEach(
                figure -> heads.add(name(figure) + " to " + other)));
        List<String> lines = new ArrayList<>();
        lines.add("| " + String.join(" | ", heads) + " |");
        lines.add("|---".repeat(heads.size()) + "|");
        for (String server : outcome.servers(race)) {
            List<String> cells = new ArrayList<>(List.of(server));
            for (Figure figure : kind.columns()) {
                String value = Table.value(figure, outcome.spread(race, server, figure).median());
                boolean bounded = figure == Figure.RATE && Table.isBounded(outcome, race, server);
                cells.add(bounded ? "at least " + value : value);
            }
            kind.ratios().forEach(figure -> cells.add(cell(outcome.toC(race, server, figure))));
            race.besideC().forEach(other -> kind.ratios().forEach(
                    figure -> cells.add(cell(outcome.ratio(race, server, other, figure)))));
            lines.add("| " + String.join(" | ", cells) + " |");
        }
        return lines;
    }

    private static String cell(Optional<Spread> ratio) {
        return ratio.map(Markdown::show).orElse("");
    }

    /** One round has no spread, and a server beside itself has none either. */
    private static String show(Spread ratio) {
        String median = Table.number(ratio.median());
        return ratio.min() == ratio.max()
                ? median
                : String.format(
                        Locale.ROOT,
                        "%s (%s to %s)",
                        median,
                        Table.number(ratio.min()),
                        Table.number(ratio.max()));
    }
}
