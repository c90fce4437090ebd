package io.echo.bench.race;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/** The outcome as text, for a terminal of 80 columns. */
public final class Table {
    private static final double KIB_PER_MIB = 1_024;
    private static final String FORMAT = "%-13s%10s%7s%7s%8s%5s %-15s%s";

    private Table() {}

    /** Lines. */
    public static List<String> text(Outcome outcome) {
        List<String> lines = new ArrayList<>();
        for (RaceCase race : outcome.cases()) {
            boolean half = race.kind() == RaceCase.Kind.HALF;
            lines.add("");
            lines.add(race.label() + ": " + race.title());
            lines.add(
                    line("", "msg/s", "CPU us", "p50 us", "p99 us", "MiB", "CPU to C",
                            half ? "p99 to C" : "msg/s to C"));
            for (String server : outcome.servers(race)) {
                lines.add(row(outcome, race, server));
            }
            for (String other : race.yardsticks().subList(1, race.yardsticks().size())) {
                for (String server : outcome.servers(race)) {
                    outcome.ratio(race, server, other, Figures::cpuUs)
                            .ifPresent(
                                    cpu ->
                                            lines.add(
                                                    server + " to " + other + ": CPU " + show(cpu)
                                                            + ", msg/s "
                                                            + ratio(outcome, race, server, other,
                                                                    Figures::rate)));
                }
            }
        }
        lines.add("");
        outcome.failures()
                .forEach(f -> lines.add(f.server() + " is out of " + f.race().label() + ": "
                        + f.reason()));
        outcome.absent().forEach((name, why) -> lines.add(name + " is absent: " + why));
        return lines;
    }

    private static String row(Outcome outcome, RaceCase race, String server) {
        boolean half = race.kind() == RaceCase.Kind.HALF;
        String c = half ? Sample.atRateOf(server) : Peers.C;
        return line(
                server,
                String.format(Locale.ROOT, "%,.0f", median(outcome, race, server, Figures::rate)),
                number(median(outcome, race, server, Figures::cpuUs)),
                number(median(outcome, race, server, Figures::p50Us)),
                number(median(outcome, race, server, Figures::p99Us)),
                String.format(
                        Locale.ROOT,
                        "%.0f",
                        median(outcome, race, server, Figures::residentKib) / KIB_PER_MIB),
                ratio(outcome, race, server, c, Figures::cpuUs),
                ratio(outcome, race, server, c, half ? Figures::p99Us : Figures::rate));
    }

    private static String line(Object... cells) {
        return String.format(Locale.ROOT, FORMAT, cells).stripTrailing();
    }

    private static double median(
            Outcome outcome, RaceCase race, String server, ToDoubleFunction<Figures> figure) {
        return outcome.spread(race, server, figure).median();
    }

    private static String ratio(
            Outcome outcome,
            RaceCase race,
            String server,
            String yardstick,
            ToDoubleFunction<Figures> figure) {
        if (server.equals(yardstick)) {
            return "1";
        }
        return outcome.ratio(race, server, yardstick, figure).map(Table::show).orElse("-");
    }

    private static String show(Spread ratio) {
        return number(ratio.median()) + " " + number(ratio.min()) + "-" + number(ratio.max());
    }

    /** Three digits that count. */
    static String number(double value) {
        int digits = value >= 100 ? 0 : value >= 10 ? 1 : value >= 0.1 ? 2 : 3;
        return String.format(Locale.ROOT, "%." + digits + "f", value);
    }
}
