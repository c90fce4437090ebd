package io.echo.server.udp;

import static org.assertj.core.api.Assertions.assertThat;

import io.echo.server.admission.SourceRules;
import io.echo.server.config.Cidr;
import io.echo.server.config.ServerConfig;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NeighboursTest {
    private static final long START_NS = Long.MAX_VALUE - 1_000; // The clock may wrap.
    private static final long SECOND_NS = TimeUnit.SECONDS.toNanos(1);

    private final SourceRules sources = new SourceRules(ServerConfig.DEFAULT.access());
    private final Neighbours neighbours = new Neighbours(address("203.0.113.1"), sources);

    @BeforeEach
    void attachToTwoNetworks() {
        sources.setHost(
                Set.of(),
                Set.of(),
                Set.of(Cidr.parse("--", "203.0.112.0/20"), Cidr.parse("--", "10.9.0.0/24")));
    }

    @Test
    void holdsNothingBackWhileRepliesLeave() {
        neighbours.noteStuck(Neighbours.STUCK_NS - 1, START_NS);
        assertThat(held("203.0.113.9", START_NS, 1_000)).isZero();
        assertThat(neighbours.isCareful()).isFalse();
    }

    @Test
    void leavesNeighboursAFewAnswersAndOthersAll() {
        neighbours.noteStuck(Neighbours.STUCK_NS, START_NS);
        assertThat(neighbours.isCareful()).isTrue();
        assertThat(held("203.0.114.9", START_NS, 1_000))
                .isBetween(1_000L - Neighbours.ANSWERS_PER_SECOND - 1, 1_000L - 1);
        assertThat(held("10.9.0.7", START_NS, 1_000)).isPositive();
        assertThat(held("198.51.100.2", START_NS, 1_000)).isZero();
    }

    @Test
    void leavesNeighboursFewerAnswersIfTheyAreLarge() {
        int largest = 65_507;
        neighbours.noteStuck(Neighbours.STUCK_NS, START_NS);
        assertThat(held("203.0.114.9", START_NS, 1_000, largest)).isEqualTo(1_000 - 1);
        assertThat(held("10.9.0.7", START_NS + SECOND_NS, 1_000, 1)).isEqualTo(1_000);
        assertThat(held("198.51.100.2", START_NS, 1_000, largest)).isZero();
        long laterNs = START_NS + 3 * SECOND_NS;
        assertThat(held("10.9.0.7", laterNs, 1_000, largest)).isEqualTo(1_000 - 1);
    }

    /** Twice the length and a little is what a reply takes of a send buffer, for some 3 s. */
    @ParameterizedTest
    @ValueSource(ints = {1, 1_000, 1_472, 9_000, 30_000, 65_507})
    void leavesRoomForOthersInTheSmallestSendBuffer(int length) {
        neighbours.noteStuck(Neighbours.STUCK_NS, START_NS);
        long answered = 0;
        for (int second = 0; second < 3; second++) {
            long fromNs = START_NS + second * SECOND_NS;
            answered += 1_000 - held("203.0.114.9", fromNs, 1_000, length);
        }
        assertThat(answered).isPositive();
        assertThat(answered * (2L * length + 1_024)).isLessThan(2L * 212_992 * 3 / 4);
    }

    @Test
    void leavesNoMoreAnswersWhenRepliesAreStuckAgain() {
        neighbours.noteStuck(Neighbours.STUCK_NS, START_NS);
        assertThat(held("203.0.114.9", START_NS, 1, 65_000)).isZero();
        neighbours.noteStuck(Neighbours.STUCK_NS, START_NS + 1);
        assertThat(held("203.0.114.9", START_NS + 1, 1, 65_000)).isEqualTo(1);
    }

    @Test
    void forgetsAMinuteAfterTheLastThatWasHeldBack() {
        neighbours.noteStuck(Neighbours.STUCK_NS, START_NS);
        long laterNs = START_NS + Neighbours.CARE_NS - SECOND_NS;
        assertThat(held("203.0.114.9", laterNs, 1_000)).isPositive();
        assertThat(held("203.0.114.9", laterNs + Neighbours.CARE_NS - 1, 1_000)).isPositive();
        long quietNs = laterNs + 3 * Neighbours.CARE_NS;
        assertThat(held("203.0.114.9", quietNs, 10)).isZero();
        assertThat(neighbours.isCareful()).isFalse();
    }

    /** Counts what is held back of so many datagrams that come within a second. */
    private long held(String source, long fromNs, int datagrams) {
        return held(source, fromNs, datagrams, 64);
    }

    private long held(String source, long fromNs, int datagrams, int length) {
        byte[] octets = address(source).getAddress();
        long stepNs = SECOND_NS / datagrams;
        return IntStream.range(0, datagrams)
                .filter(
                        n ->
                                neighbours.holdsBack(
                                        Cidr.high(octets),
                                        Cidr.low(octets),
                                        length,
                                        fromNs + n * stepNs))
                .count();
    }

    private static InetAddress address(String text) {
        try {
            return InetAddress.getByName(text);
        } catch (UnknownHostException e) {
            throw new AssertionError(e);
        }
    }
}
