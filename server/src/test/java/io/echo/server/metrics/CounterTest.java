package io.echo.server.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CounterTest {
    /** Prometheus wants {@code _total} at the end of what only grows. */
    @ParameterizedTest
    @EnumSource
    void isNamedAsItsKindCounts(Counter counter) {
        assertThat(counter.metric().endsWith("_total"))
                .isEqualTo(counter.kind() != Counter.Kind.GAUGE);
    }

    /** The log names the flag with which an operator lets more in. */
    @Test
    void namesTheFlagThatDropsOrRejects() {
        assertThat(causes(Counter.Kind.DROP))
                .contains("over --udp-rate", "over --udp-bytes-rate", "over --max-datagram")
                .contains("outside --allow, or inside --deny")
                .anyMatch(cause -> cause.endsWith("see --allow-source-ports"));
        assertThat(causes(Counter.Kind.REJECT))
                .containsExactly(
                        "over --max-connections",
                        "over --max-connections-per-source",
                        "over --accept-rate",
                        "outside --allow, or inside --deny, or of the family that the listener"
                                + " leaves alone",
                        "of a balancer in --proxy-from, without a whole and right PROXY header in"
                                + " time");
    }

    /** Drops of datagrams are one warning each, and their bytes none. */
    @Test
    void warnsOfEveryReasonOnce() {
        assertThat(of(Counter.Kind.DROP))
                .extracting(Counter::metric)
                .containsOnly("echo_udp_datagrams_dropped_total");
        assertThat(of(Counter.Kind.DROP)).hasSize(9).allMatch(c -> c.reason().isPresent());
        assertThat(Counter.UDP_DROPPED_RATE.help()).isEqualTo("Over --udp-rate.");
        assertThat(Counter.TCP_REJECTED_RATE.help()).isEqualTo("Over --accept-rate: reset.");
    }

    private static List<String> causes(Counter.Kind kind) {
        return of(kind).stream().map(Counter::cause).toList();
    }

    private static List<Counter> of(Counter.Kind kind) {
        return Stream.of(Counter.values()).filter(c -> c.kind() == kind).toList();
    }
}
