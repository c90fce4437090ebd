package io.echo.bench.load;

import static org.assertj.core.api.Assertions.assertThat;

import io.echo.client.probe.ProbeStats;
import io.echo.client.probe.Rate;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Latency is what a user would wait: late replies and a server that stops for a while show. */
@Timeout(60)
class LatencyTruthTest {
    /** Holds each hundredth request until the last has come, more than a timeout later. */
    @Test
    void tellsLateFromLost() throws Exception {
        int probes = 1_400;
        List<byte[]> held = new ArrayList<>();
        OddServer.Datagrams late =
                (n, request, reply) -> {
                    if (n % 100 == 0 && n <= 500) {
                        held.add(request);
                        return;
                    }
                    if (n == probes - 1) {
                        for (byte[] one : held) {
                            reply.send(one);
                        }
                    }
                    reply.send(request);
                };
        try (OddServer server = OddServer.udp(late)) {
            LoadConfig.Load load = new LoadConfig.Load.Open(Rate.perSecond(400));
            LoadConfig config = Loads.of(server.target(), load, probes);
            ProbeStats stats = Loads.run(Loads.spinning(config)).stats();
            assertThat(stats.sent()).isEqualTo(probes);
            assertThat(stats.received()).isEqualTo(probes);
            assertThat(stats.late()).isEqualTo(6);
            assertThat(stats.lost()).isZero();
            assertThat(stats.expired()).isZero();
            assertThat(stats.latency().getMaxValue()).isGreaterThan(config.timeout().toNanos());
        }
    }

    /** Each reply waits for the hundredth request after its own: the phase begins with as many. */
    @Test
    void keepsTheRateOfRepliesHoweverLongTheyTake() throws Exception {
        ArrayDeque<byte[]> waiting = new ArrayDeque<>();
        OddServer.Datagrams slow =
                (n, request, reply) -> {
                    waiting.add(request);
                    if (waiting.size() > 100) {
                        reply.send(waiting.remove());
                    }
                };
        try (OddServer server = OddServer.udp(slow)) {
            LoadConfig.Load load = new LoadConfig.Load.Open(Rate.perSecond(1_000));
            Duration half = Duration.ofMillis(500);
            LoadConfig config = Loads.with(Loads.of(server.target(), load, 1), half, half);
            ProbeStats stats = Loads.run(config).stats();
            assertThat(stats.sent()).isEqualTo(500);
            assertThat(stats.received()).isEqualTo(400);
            assertThat(stats.inPhase()).isBetween(450L, 550L);
        }
    }

    /** Freezes for the first 100 ms of every second. */
    private static final class Freezing implements OddServer.Datagrams {
        private static final long SECOND_NS = 1_000_000_000;
        private static final long FREEZE_NS = 100_000_000;

        private final long startNs = System.nanoTime();

        @Override
        public void answer(long n, byte[] request, OddServer.Reply reply) throws IOException {
            long nowNs = System.nanoTime();
            long intoSecondNs = (nowNs - startNs) % SECOND_NS;
            long untilNs = nowNs + FREEZE_NS - intoSecondNs;
            while (intoSecondNs < FREEZE_NS && System.nanoTime() - untilNs < 0) {
                LockSupport.parkNanos(untilNs - System.nanoTime());
            }
            reply.send(request);
        }
    }

    /** The server stands still a tenth of the time: it delays a tenth of an open loop's probes. */
    @Tag("long")
    @Test
    void showsAFreezeInOpenLoopThatClosedLoopHides() throws Exception {
        double shown;
        try (OddServer server = OddServer.udp(new Freezing())) {
            LoadConfig.Load open = new LoadConfig.Load.Open(Rate.perSecond(1_000));
            ProbeStats seen =
                    Loads.run(Loads.spinning(Loads.of(server.target(), open, 5_000))).stats();
            assertThat(seen.lost()).isZero();
            shown = ms(seen.latency().getValueAtPercentile(97));
            assertThat(shown).as("70 by the plan, more where more is in the way").isGreaterThan(50);
            assertThat(ms(seen.latency().getValueAtPercentile(50))).isLessThan(shown / 2);
        }
        try (OddServer server = OddServer.udp(new Freezing())) {
            LoadConfig closed =
                    Loads.with(
                            Loads.of(server.target(), new LoadConfig.Load.Closed(1), 1),
                            Duration.ofSeconds(4),
                            Duration.ZERO);
            ProbeStats hidden = Loads.run(Loads.spinning(closed)).stats();
            assertThat(hidden.lost()).isZero();
            assertThat(ms(hidden.latency().getValueAtPercentile(97))).isLessThan(shown / 2);
            assertThat(ms(hidden.latency().getMaxValue())).isGreaterThan(80.0);
        }
    }

    private static double ms(long ns) {
        return ns / 1e6;
    }
}
