package io.echo.bench.race;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.echo.bench.race.RaceOutcome.Figure;
import io.echo.bench.race.RaceOutcome.Sample;
import io.echo.bench.race.RaceOutcome.Spread;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SpreadTest {
    @Test
    void isTheMiddleAndBothEnds() {
        assertThat(Spread.of(5, 1, 3)).isEqualTo(new Spread(3, 1, 5));
        assertThat(Spread.of(4, 1, 3, 2)).isEqualTo(new Spread(2.5, 1, 4));
        assertThatThrownBy(Spread::of).isInstanceOf(IllegalArgumentException.class);
    }

    /** What disturbs one turn disturbs both servers in it, and no other turn. */
    @Test
    void setsEachRoundBesideTheYardsticksOfTheSameTurn() {
        RaceOutcome outcome =
                new RaceOutcome(
                        null,
                        List.of(
                                sample(RaceServers.C, 0, 10),
                                sample("nio", 0, 12),
                                sample(RaceServers.C, 1, 100),
                                sample("nio", 1, 130),
                                sample("nio", 2, 7)),
                        List.of(),
                        Map.of(),
                        false);
        assertThat(outcome.toC(RaceCase.UDP_16, "nio", Figure.CPU_US))
                .contains(new Spread(1.25, 1.2, 1.3));
        assertThat(outcome.toC(RaceCase.UDP_1, "nio", Figure.CPU_US)).isEmpty();
    }

    private static Sample sample(String server, int round, double cpuUs) {
        return new Sample(RaceCase.UDP_16, server, 0, round, Map.of(Figure.CPU_US, cpuUs));
    }
}
