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

class NeighboursTest {
    private static final long START_NS = Long.MAX_VALUE - 1_000; // The clock may wrap.

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
    void forgetsAMinuteAfterTheLastThatWasHeldBack() {
        neighbours.noteStuck(Neighbours.STUCK_NS, START_NS);
        long laterNs = START_NS + Neighbours.CARE_NS - TimeUnit.SECONDS.toNanos(1);
        assertThat(held("203.0.114.9", laterNs, 1_000)).isPositive();
        assertThat(held("203.0.114.9", laterNs + Neighbours.CARE_NS - 1, 1_000)).isPositive();
        long quietNs = laterNs + 3 * Neighbours.CARE_NS;
        assertThat(held("203.0.114.9", quietNs, 10)).isZero();
        assertThat(neighbours.isCareful()).isFalse();
    }

    /** Counts what is held back of so many datagrams that come within a second. */
    private long held(String source, long fromNs, int datagrams) {
        byte[] octets = address(source).getAddress();
        long stepNs = TimeUnit.SECONDS.toNanos(1) / datagrams;
        return IntStream.range(0, datagrams)
                .filter(
                        n ->
                                neighbours.holdsBack(
                                        Cidr.high(octets), Cidr.low(octets), fromNs + n * stepNs))
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
