package io.echo.bench.race;

import io.echo.bench.race.RaceOutcome.Figure;
import io.echo.client.Target.Protocol;
import java.util.List;
import java.util.Locale;

/** What every server is given in turn; the words are those of {@code src/main/c/load.c}. */
enum RaceCase {
    UDP_1(Kind.LOAD, Protocol.UDP, "bytes=64", "UDP, 64 B, one in flight"),
    UDP_16(Kind.LOAD, Protocol.UDP, "bytes=64 window=16", "UDP, 64 B, 16 in flight"),
    UDP_1400(Kind.LOAD, Protocol.UDP, "bytes=1400 window=16", "UDP, 1400 B, 16 in flight"),
    UDP_FLOWS(
            Kind.LOAD,
            Protocol.UDP,
            "bytes=64 flows=64",
            "UDP, 64 B, 64 flows with one in flight each",
            RaceServers.MMSG),
    UDP_TRAINS(
            Kind.LOAD,
            Protocol.UDP,
            "bytes=64 train=64 window=256",
            "UDP, trains of 64 x 64 B, four in flight",
            RaceServers.TRAIN),
    UDP_TRAINS_1200(
            Kind.LOAD,
            Protocol.UDP,
            "bytes=1200 train=54 window=216",
            "UDP, trains of 54 x 1200 B, four in flight",
            RaceServers.TRAIN),
    UDP_HALF(
            Kind.HALF,
            Protocol.UDP,
            "bytes=64 window=16",
            "UDP, 64 B, open loop at half of saturation"),
    TCP_1(Kind.LOAD, Protocol.TCP, "bytes=64", "TCP, 64 B, one connection, one in flight"),
    TCP_50(
            Kind.LOAD,
            Protocol.TCP,
            "bytes=512 flows=50",
            "TCP, 512 B, 50 connections with one in flight each"),
    TCP_PIPELINED(
            Kind.LOAD,
            Protocol.TCP,
            "bytes=64 flows=16 window=64",
            "TCP, 64 B, 16 connections with 64 in flight each"),
    TCP_STREAM(
            Kind.LOAD,
            Protocol.TCP,
            "bytes=65536 window=16",
            "TCP, 64 KiB, one connection, 16 in flight"),
    TCP_HALF(
            Kind.HALF,
            Protocol.TCP,
            "bytes=512 flows=50",
            "TCP, 512 B, 50 connections, open loop at half of saturation"),
    GARBAGE(
            Kind.GARBAGE,
            Protocol.UDP,
            "bytes=64 window=16",
            "our server: UDP, 64 B, a minute at half of saturation"),
    START(
            Kind.START,
            Protocol.UDP,
            "",
            "from the start of the program to the first UDP echo, not pinned; memory at rest");

    /** How a case is run, what it shows, and what of that is set beside C. */
    enum Kind {
        /** Closed loop. */
        LOAD(
                List.of(
                        Figure.RATE,
                        Figure.CPU_US,
                        Figure.P50_US,
                        Figure.P99_US,
                        Figure.RESIDENT_MIB),
                List.of(Figure.CPU_US, Figure.RATE)),
        /** Closed loop to find what the server carries, then half of it in open loop; C too. */
        HALF(LOAD.columns, List.of(Figure.CPU_US, Figure.P99_US)),
        /** A long half load of servers whose heap can be watched. */
        GARBAGE(
                List.of(
                        Figure.RATE,
                        Figure.GARBAGE_BYTES,
                        Figure.COLLECTIONS,
                        Figure.LONGEST_PAUSE_MS),
                List.of()),
        /** A start as a user does it. */
        START(List.of(Figure.FIRST_ECHO_MS, Figure.RESIDENT_MIB), List.of());

        private final List<Figure> columns;
        private final List<Figure> ratios;

        Kind(List<Figure> columns, List<Figure> ratios) {
            this.columns = columns;
            this.ratios = ratios;
        }

        List<Figure> columns() {
            return columns;
        }

        List<Figure> ratios() {
            return ratios;
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

    /** Its name on the command line. */
    String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    Kind kind() {
        return kind;
    }

    Protocol protocol() {
        return protocol;
    }

    /** What the loader is told. */
    List<String> words() {
        return words;
    }

    String title() {
        return title;
    }

    /** C servers that do for this case what plain C does not, and are yardsticks too. */
    List<String> besideC() {
        return besideC;
    }
}
