package io.echo.bench.race;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The result of a race, also of one that ended early.
 *
 * @param samples in the order in which they were taken
 * @param absent servers by name, with the reason
 * @param interrupted whether it ended early
 */
record RaceOutcome(
        RacePlan plan,
        List<Sample> samples,
        List<Failure> failures,
        Map<String, String> absent,
        boolean interrupted) {
    /** A measured quantity: its name in JSON and in the loader's line, and its column's heading. */
    enum Figure {
        /** Messages a second. */
        RATE("msg/s"),
        /** CPU time of the server and its children for each message. */
        CPU_US("CPU us"),
        P50_US("p50 us"),
        P90_US("p90 us"),
        P99_US("p99 us"),
        /** Resident memory of the server and its children, at the end. */
        RESIDENT_MIB("MiB"),
        /** CPU time of the loader for each message. */
        LOAD_CPU_US("CPU us"),
        /** The part of a core that the server used. */
        SERVER_BUSY("busy"),
        /** The part of a core that the loader used. */
        LOAD_BUSY("load busy"),
        RECEIVED("received"),
        /** Messages without a reply after 200 ms, and those of an open loop that were not sent. */
        LOST("lost"),
        /** Replies that came a second time, or after they were given up. */
        STRAY("stray"),
        /** From the start of the program to the first reply. */
        FIRST_ECHO_MS("start ms"),
        /** Heap that our server allocates for each message. */
        GARBAGE_BYTES("B/msg"),
        COLLECTIONS("GCs"),
        LONGEST_PAUSE_MS("pause ms");

        private final String heading;

        Figure(String heading) {
            this.heading = heading;
        }

        String heading() {
            return heading;
        }

        String label() {
            return name().toLowerCase(Locale.ROOT);
        }

        /** Reads {@code rate=1.5 cpu_us=2 ...}. */
        static Map<Figure, Double> parse(String line) {
            Map<Figure, Double> figures = new EnumMap<>(Figure.class);
            for (String word : line.strip().split(" ")) {
                String[] pair = word.split("=", 2);
                figures.put(valueOf(pair[0].toUpperCase(Locale.ROOT)), Double.valueOf(pair[1]));
            }
            return figures;
        }
    }

    /**
     * One round of one server.
     *
     * @param server its name; a yardstick of one server alone has that name behind a slash: {@code
     *     c/nio} is C at the rate of nio
     * @param restart from 0
     * @param round from 0, after each restart
     */
    record Sample(
            RaceCase race, String server, int restart, int round, Map<Figure, Double> figures) {
        /** Returns whether it only serves as a yardstick and has no row. */
        boolean isYardstick() {
            return server.contains("/");
        }

        boolean sameTurn(Sample other) {
            return race == other.race && restart == other.restart && round == other.round;
        }

        double figure(Figure figure) {
            return figures.get(figure);
        }
    }

    /** The median of some figures, and their range. */
    record Spread(double median, double min, double max) {
        /** Computes it from at least one figure. */
        static Spread of(double... figures) {
            if (figures.length == 0) {
                throw new IllegalArgumentException("a spread is of at least one figure");
            }
            double[] sorted = figures.clone();
            Arrays.sort(sorted);
            int half = sorted.length / 2;
            double median =
                    sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
            return new Spread(median, sorted[0], sorted[sorted.length - 1]);
        }
    }

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

    /** Returns whether C and our servers answered everything as they should. */
    boolean valid() {
        return failures.stream().noneMatch(Failure::ours);
    }

    /** Returns the cases that have samples, in order. */
    List<RaceCase> cases() {
        return samples.stream().map(Sample::race).distinct().toList();
    }

    /** Returns the servers of a case that have rows, in order. */
    List<String> servers(RaceCase race) {
        return samples.stream()
                .filter(sample -> sample.race() == race && !sample.isYardstick())
                .map(Sample::server)
                .distinct()
                .toList();
    }

    /** Returns one figure of a server in a case. */
    Spread spread(RaceCase race, String server, Figure figure) {
        return Spread.of(
                of(race, server).stream().mapToDouble(sample -> sample.figure(figure)).toArray());
    }

    /** Returns the further servers to compare one with; the last is its older build. */
    List<String> others(RaceCase race, String server) {
        List<String> others = new ArrayList<>(race.besideC());
        others.add(server + RaceServers.BEFORE);
        return others;
    }

    /** Returns the ratio of a figure to that of the yardstick; empty without common turns. */
    Optional<Spread> toYardstick(RaceCase race, String server, Figure figure) {
        return ratio(race, server, race.kind().yardstickOf(server), figure);
    }

    /** Returns the ratio of a figure of two servers in the same turns. */
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

    /** Returns the messages that each server lost in a case; only servers that lost some. */
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
