package io.echo.bench.race;

import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;

/** What is measured: the name in JSON and in the loader's line, and the heading of its column. */
enum Figure {
    /** Messages a second. */
    RATE("msg/s"),
    /** CPU time of the server and its children for each message. */
    CPU_US("CPU us"),
    P50_US("p50 us"),
    P99_US("p99 us"),
    /** Resident memory of the server and its children, at the end. */
    RESIDENT_MIB("MiB"),
    /** CPU time of the loader for each message. */
    LOAD_CPU_US("load us"),
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
            figures.put(
                    valueOf(pair[0].toUpperCase(Locale.ROOT)), Double.valueOf(pair[1]));
        }
        return figures;
    }
}
