package io.echo.bench.race;

import io.echo.client.Target.Protocol;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** A load that every server is given in turn; the words are those of {@code src/main/c/load.c}. */
public enum RaceCase {
    UDP_1(Kind.LOAD, Protocol.UDP, "UDP, 64 B, one in flight", "bytes=64"),
    UDP_16(Kind.LOAD, Protocol.UDP, "UDP, 64 B, 16 in flight", "bytes=64 window=16"),
    UDP_1400(Kind.LOAD, Protocol.UDP, "UDP, 1400 B, 16 in flight", "bytes=1400 window=16"),
    UDP_FLOWS(Kind.LOAD, Protocol.UDP, "UDP, 64 B, 64 flows with one in flight each",
            "bytes=64 flows=64"),
    UDP_TRAINS(Kind.LOAD, Protocol.UDP, "UDP, trains of 64 x 64 B, four in flight",
            "bytes=64 train=64 window=256"),
    UDP_TRAINS_1200(Kind.LOAD, Protocol.UDP,
            "UDP, trains of 54 x 1200 B, four in flight",
            "bytes=1200 train=54 window=216"),
    UDP_HALF(Kind.HALF, Protocol.UDP, "UDP, 64 B, open loop at half of saturation",
            "bytes=64 window=16"),
    TCP_1(Kind.LOAD, Protocol.TCP, "TCP, 64 B, one connection, one in flight", "bytes=64"),
    TCP_50(Kind.LOAD, Protocol.TCP, "TCP, 512 B, 50 connections with one in flight each",
            "bytes=512 flows=50"),
    TCP_PIPELINED(Kind.LOAD, Protocol.TCP, "TCP, 64 B, 16 connections with 64 in flight each",
            "bytes=64 flows=16 window=64"),
    TCP_STREAM(Kind.LOAD, Protocol.TCP, "TCP, 64 KiB, one connection, 16 in flight",
            "bytes=65536 window=16"),
    TCP_HALF(Kind.HALF, Protocol.TCP,
            "TCP, 512 B, 50 connections, open loop at half of saturation", "bytes=512 flows=50");

    /** How a case is run. */
    enum Kind {
        /** Closed loop. */
        LOAD,
        /** Closed loop to find what the server carries, then half of it in open loop; C too. */
        HALF
    }

    private static final Set<RaceCase> WITH_TRAINS = Set.of(UDP_TRAINS, UDP_TRAINS_1200);

    private final Kind kind;
    private final Protocol protocol;
    private final String title;
    private final List<String> words;

    RaceCase(Kind kind, Protocol protocol, String title, String words) {
        this.kind = kind;
        this.protocol = protocol;
        this.title = title;
        this.words = List.of(words.split(" "));
    }

    /** Its name on the command line. */
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    Kind kind() {
        return kind;
    }

    Protocol protocol() {
        return protocol;
    }

    String title() {
        return title;
    }

    /** What the loader is told. */
    List<String> words() {
        return words;
    }

    /** The servers that the others are set beside, the plainest first. */
    List<String> yardsticks() {
        if (WITH_TRAINS.contains(this)) {
            return List.of(Peers.C, Peers.TRAIN);
        }
        return this == UDP_FLOWS ? List.of(Peers.C, Peers.MMSG) : List.of(Peers.C);
    }
}
