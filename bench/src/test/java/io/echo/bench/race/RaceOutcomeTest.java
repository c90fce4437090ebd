package io.echo.bench.race;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.echo.bench.race.RaceOutcome.Figure;
import io.echo.bench.race.RaceOutcome.Sample;
import io.echo.bench.race.RaceOutcome.Spread;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RaceOutcomeTest {
    @Test
    void spreadIsTheMedianAndBothEnds() {
        assertThat(Spread.of(5, 1, 3)).isEqualTo(new Spread(3, 1, 5));
        assertThat(Spread.of(4, 1, 3, 2)).isEqualTo(new Spread(2.5, 1, 4));
        assertThatThrownBy(Spread::of).isInstanceOf(IllegalArgumentException.class);
    }

    /** A disturbance of one turn disturbs both servers in it, and no other turn. */
    @Test
    void setsEachRoundBesidePlainCInTheSameTurn() {
        RaceOutcome outcome =
                outcome(
                        sample(RaceCase.UDP_16, "c", 0, 10),
                        sample(RaceCase.UDP_16, "nio", 0, 12),
                        sample(RaceCase.UDP_16, "c", 1, 100),
                        sample(RaceCase.UDP_16, "nio", 1, 130),
                        sample(RaceCase.UDP_16, "nio", 2, 7));
        assertThat(outcome.toYardstick(RaceCase.UDP_16, "nio", Figure.CPU_US))
                .contains(new Spread(1.25, 1.2, 1.3));
        assertThat(outcome.toYardstick(RaceCase.UDP_1, "nio", Figure.CPU_US)).isEmpty();
    }

    @Test
    void setsEachServerBesideItsOwnControl() {
        RaceOutcome outcome =
                outcome(
                        sample(RaceCase.UDP_LOOPS, "control/epoll", 0, 20),
                        sample(RaceCase.UDP_LOOPS, "epoll", 0, 10),
                        sample(RaceCase.UDP_LOOPS, "nio", 0, 9),
                        sample(RaceCase.UDP_LOOPS, "control/nio", 0, 3));
        assertThat(outcome.servers(RaceCase.UDP_LOOPS)).containsExactly("epoll", "nio");
        assertThat(outcome.toYardstick(RaceCase.UDP_LOOPS, "nio", Figure.CPU_US))
                .contains(new Spread(3, 3, 3));
    }

    @Test
    void setsABuildBesideTheOneBefore() {
        RaceOutcome outcome =
                outcome(
                        sample(RaceCase.TCP_50, "nio", 0, 9),
                        sample(RaceCase.TCP_50, "nio-before", 0, 10),
                        sample(RaceCase.TCP_50, "nio", 1, 11),
                        sample(RaceCase.TCP_50, "nio-before", 1, 10));
        assertThat(RaceTable.text(outcome))
                .contains("nio         to nio-before: CPU 1.00 0.90-1.10, msg/s 1.00");
    }

    private static RaceOutcome outcome(Sample... samples) {
        return new RaceOutcome(null, List.of(samples), List.of(), Map.of(), false);
    }

    private static Sample sample(RaceCase race, String server, int round, double cpuUs) {
        Map<Figure, Double> figures = new EnumMap<>(Figure.class);
        for (Figure figure : Figure.values()) {
            figures.put(figure, 1.0);
        }
        figures.put(Figure.CPU_US, cpuUs);
        return new Sample(race, server, 0, round, figures);
    }
}
