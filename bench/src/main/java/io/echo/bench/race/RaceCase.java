package io.echo.bench.race;

import static io.echo.bench.race.RaceCase.Kind.ABUSED;
import static io.echo.bench.race.RaceCase.Kind.GENERATOR;
import static io.echo.bench.race.RaceCase.Kind.HALF;
import static io.echo.bench.race.RaceCase.Kind.LOAD;
import static io.echo.bench.race.RaceCase.Kind.LOOPS;
import static io.echo.bench.race.RaceCase.Kind.PACED;
import static io.echo.bench.race.RaceCase.Kind.SCRAPED;
import static io.echo.bench.race.RaceCase.Kind.SLEEPING;
import static io.echo.bench.race.RaceOutcome.Figure.COLLECTIONS;
import static io.echo.bench.race.RaceOutcome.Figure.CPU_US;
import static io.echo.bench.race.RaceOutcome.Figure.FIRST_ECHO_MS;
import static io.echo.bench.race.RaceOutcome.Figure.GARBAGE_BYTES;
import static io.echo.bench.race.RaceOutcome.Figure.LOAD_CPU_US;
import static io.echo.bench.race.RaceOutcome.Figure.LONGEST_PAUSE_MS;
import static io.echo.bench.race.RaceOutcome.Figure.P50_US;
import static io.echo.bench.race.RaceOutcome.Figure.P90_US;
import static io.echo.bench.race.RaceOutcome.Figure.P99_US;
import static io.echo.bench.race.RaceOutcome.Figure.RATE;
import static io.echo.bench.race.RaceOutcome.Figure.RESIDENT_MIB;
import static io.echo.bench.race.RaceOutcome.Figure.SERVER_BUSY;
import static io.echo.bench.race.RaceServers.MMSG;
import static io.echo.bench.race.RaceServers.TRAIN;
import static io.echo.net.Protocol.TCP;
import static io.echo.net.Protocol.UDP;

import io.echo.bench.race.RaceOutcome.Figure;
import io.echo.net.Protocol;
import java.util.List;
import java.util.Locale;

/**
 * A case of a race: the load that all its servers get.
 *
 * <p>Its words are arguments of {@code src/main/c/load.c}, whose defaults are 64 bytes, one in
 * flight.
 */
enum RaceCase {
    UDP_1(LOAD, UDP, "bytes=64", "UDP, 64 B, one in flight"),
    UDP_16(LOAD, UDP, "bytes=64 window=16", "UDP, 64 B, 16 in flight"),
    UDP_1400(LOAD, UDP, "bytes=1400 window=16", "UDP, 1400 B, 16 in flight"),
    UDP_FLOWS(LOAD, UDP, "flows=64", "UDP, 64 B, 64 flows with one in flight each", MMSG),
    UDP_TRAINS(LOAD, UDP, "train=64 window=256", "UDP, trains of 64 x 64 B, four in flight", TRAIN),
    UDP_TRAINS_1200(
            LOAD,
            UDP,
            "bytes=1200 train=54 window=216",
            "UDP, trains of 54 x 1200 B, four in flight",
            TRAIN),
    UDP_HALF(HALF, UDP, "bytes=64 window=16", "UDP, 64 B, open loop at half of saturation"),
    TCP_1(LOAD, TCP, "bytes=64", "TCP, 64 B, one connection, one in flight"),
    TCP_50(LOAD, TCP, "bytes=512 flows=50", "TCP, 512 B, 50 connections with one in flight each"),
    TCP_PIPELINED(LOAD, TCP, "flows=16 window=64", "TCP, 64 B, 16 connections, 64 in flight each"),
    TCP_STREAM(LOAD, TCP, "bytes=65536 window=16", "TCP, 64 KiB, one connection, 16 in flight"),
    TCP_HALF(HALF, TCP, "bytes=512 flows=50", "TCP, 512 B, 50 connections, half of saturation"),
    GARBAGE(
            Kind.GARBAGE,
            UDP,
            "window=16",
            "our server: UDP, 64 B, a minute at half of saturation"),
    START(
            Kind.START,
            UDP,
            "",
            "start of the program to first UDP echo, not pinned; memory at rest"),
    UDP_FEW(PACED, UDP, "flows=10 rate=20000", "UDP, 64 B, 20,000/s of 10 senders"),
    UDP_MANY(PACED, UDP, "flows=10000 rate=20000", "UDP, 64 B, 20,000/s of 10,000 senders"),
    TCP_FEW(PACED, TCP, "flows=10 rate=20000", "TCP, 64 B, 20,000/s over 10 connections"),
    TCP_MANY(PACED, TCP, "flows=10000 rate=20000", "TCP, 64 B, 20,000/s over 10,000 connections"),
    UDP_LOOPS(LOOPS, UDP, "flows=64 train=64 window=64", "our server: two loops; UDP, 64 flows"),
    UDP_SCRAPED(SCRAPED, UDP, "window=16", "our server: UDP, 64 B, 16 in flight; scrapes"),
    TCP_SCRAPED(SCRAPED, TCP, "window=16", "our server: TCP, 64 B, 16 in flight; scrapes"),
    UDP_ABUSED(ABUSED, UDP, "window=16", "our server: UDP, 64 B, 16 in flight; admin port abused"),
    TCP_ABUSED(ABUSED, TCP, "window=16", "our server: TCP, 64 B, 16 in flight; admin port abused"),
    GENERATOR_UDP_1(GENERATOR, UDP, "window=1", "generators: UDP, 64 B, one in flight, to C"),
    GENERATOR_UDP_16(GENERATOR, UDP, "window=16", "generators: UDP, 64 B, 16 in flight, to C"),
    GENERATOR_TCP_1(GENERATOR, TCP, "window=1", "generators: TCP, 64 B, one in flight, to C"),
    GENERATOR_TCP_16(GENERATOR, TCP, "window=16", "generators: TCP, 64 B, 16 in flight, to C"),
    LATENCY_UDP_100(SLEEPING, UDP, "rate=100 sleep=1", "generators: UDP, 64 B, 100/s, to C"),
    LATENCY_UDP_1000(SLEEPING, UDP, "rate=1000 sleep=1", "generators: UDP, 64 B, 1,000/s, to C"),
    LATENCY_UDP_10000(SLEEPING, UDP, "rate=10000 sleep=1", "generators: UDP, 64 B, 10,000/s, to C"),
    LATENCY_TCP_100(SLEEPING, TCP, "rate=100 sleep=1", "generators: TCP, 64 B, 100/s, to C"),
    LATENCY_TCP_1000(SLEEPING, TCP, "rate=1000 sleep=1", "generators: TCP, 64 B, 1,000/s, to C"),
    LATENCY_TCP_10000(SLEEPING, TCP, "rate=10000 sleep=1", "generators: TCP, 64 B, 10,000/s, to C");

    /** The servers that take part in a case. */
    enum Field {
        ALL,
        C_AND_OURS,
        OURS,
        /** The C loader, and our load command on each transport; the server is plain C. */
        GENERATORS
    }

    /** A way to run a case: its columns, and the columns with a ratio to a yardstick. */
    enum Kind {
        /** Closed loop. */
        LOAD(Field.ALL, List.of(RATE, CPU_US, P50_US, P99_US, RESIDENT_MIB), List.of(CPU_US, RATE)),
        /** Closed loop to find the saturation, then open loop at half of it; C at the same rate. */
        HALF(Field.ALL, LOAD.columns, List.of(CPU_US, P99_US)),
        /** A minute at half of saturation, with the garbage of our server. */
        GARBAGE(Field.OURS, List.of(RATE, GARBAGE_BYTES, COLLECTIONS, LONGEST_PAUSE_MS), List.of()),
        /** A start on all cores, as a user does it. */
        START(Field.ALL, List.of(FIRST_ECHO_MS, RESIDENT_MIB), List.of()),
        /** Open loop. No latency: it would include the loader's work for many sockets. */
        PACED(Field.C_AND_OURS, List.of(RATE, CPU_US, SERVER_BUSY, RESIDENT_MIB), List.of(CPU_US)),
        /** Two loops on two cores, shared with the loader; the control has one loop. */
        LOOPS(Field.OURS, List.of(RATE, CPU_US, SERVER_BUSY, P99_US), List.of(CPU_US, RATE)),
        /** A scrape a second, of the loaded server or of an idle control on the same core. */
        SCRAPED(Field.OURS, List.of(RATE, CPU_US, P99_US), List.of(P99_US, RATE)),
        /** Abuse of the admin port, of the loaded server or of an idle control. */
        ABUSED(Field.OURS, SCRAPED.columns, SCRAPED.ratios),
        /** Generators in turn, to the same server. */
        GENERATOR(
                Field.GENERATORS,
                List.of(RATE, LOAD_CPU_US, P50_US, P99_US),
                List.of(LOAD_CPU_US, RATE)),
        /**
         * Generators in turn in open loop, on all cores: the time from a probe's actual send to its
         * reply. The C loader runs twice, and its row is the ratio to itself: the noise.
         */
        SLEEPING(Field.GENERATORS, List.of(P50_US, P99_US), List.of(P50_US, P90_US, P99_US));

        private final Field field;
        private final List<Figure> columns;
        private final List<Figure> ratios;

        Kind(Field field, List<Figure> columns, List<Figure> ratios) {
            this.field = field;
            this.columns = columns;
            this.ratios = ratios;
        }

        Field field() {
            return field;
        }

        List<Figure> columns() {
            return columns;
        }

        List<Figure> ratios() {
            return ratios;
        }

        /** Returns the figures that are compared with servers other than the yardstick. */
        List<Figure> compared() {
            return ratios.isEmpty() ? columns : ratios;
        }

        /** Returns whether a second server of the same kind runs beside each as a control. */
        boolean isControlled() {
            return this == LOOPS || this == SCRAPED || this == ABUSED;
        }

        /** Returns the flags of our server, or of its control. */
        List<String> flags(boolean control) {
            return switch (this) {
                case LOOPS -> List.of("--loops=" + (control ? 1 : 2));
                case PACED -> List.of("--max-connections=10100");
                default -> List.of();
            };
        }

        /** Returns the name of the yardstick, for headings. */
        String yardstick() {
            return isControlled() ? "control" : RaceServers.C;
        }

        /** Returns the name of the samples that a server's samples are compared with. */
        String yardstickOf(String server) {
            if (this == SLEEPING && server.equals(RaceServers.C)) {
                return RaceServers.C + "/again";
            }
            boolean own = isControlled() || this == HALF && !server.equals(RaceServers.C);
            return own ? yardstick() + "/" + server : RaceServers.C;
        }
    }

    private final Kind kind;
    private final Protocol protocol;
    private final List<String> words;
    private final String title;
    private final List<String> besideC;

    RaceCase(Kind kind, Protocol protocol, String words, String title, String... besideC) {
        this.kind = kind;
        this.protocol = protocol;
        this.words = words.isEmpty() ? List.of() : List.of(words.split(" "));
        this.title = title;
        this.besideC = List.of(besideC);
    }

    /** Returns its name on the command line. */
    String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    Kind kind() {
        return kind;
    }

    Protocol protocol() {
        return protocol;
    }

    /** Returns the arguments for the loader. */
    List<String> words() {
        return words;
    }

    String title() {
        return title;
    }

    /**
     * Returns further yardsticks: the C servers with batches or trains, for cases that use them.
     */
    List<String> besideC() {
        return besideC;
    }
}
