package io.echo.bench.load;

import static org.assertj.core.api.Assertions.assertThat;

import io.echo.client.probe.Rate;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The warm-up of the JVM: neither the service nor the counts know of it. */
@Timeout(60)
class RehearsalTest {
    @ParameterizedTest
    @ValueSource(strings = {"udp", "tcp"})
    void sendsTheServiceNothingAndCountsNothing(String protocol) throws Exception {
        AtomicInteger asked = new AtomicInteger();
        AtomicInteger rehearsed = new AtomicInteger();
        LoadRun.Listener counting =
                new LoadRun.Listener() {
                    @Override
                    public void rehearse(Interval interval) {
                        rehearsed.incrementAndGet();
                    }
                };
        OddServer.Stream stream =
                connection -> {
                    while (true) {
                        byte[] probe = connection.getInputStream().readNBytes(64);
                        if (probe.length < 64) {
                            return;
                        }
                        asked.incrementAndGet();
                        connection.getOutputStream().write(probe);
                    }
                };
        try (OddServer server =
                protocol.equals("tcp")
                        ? OddServer.tcp(stream)
                        : OddServer.udp(
                                (n, request, reply) -> {
                                    asked.incrementAndGet();
                                    reply.send(request);
                                })) {
            LoadConfig.Load slow = new LoadConfig.Load.Open(Rate.perSecond(20));
            LoadConfig config =
                    Loads.with(
                            Loads.of(server.target(), slow, 1),
                            Duration.ofMillis(500),
                            Duration.ofSeconds(1));
            Measurement measured;
            try (Endpoint endpoint = Endpoint.of(server.target(), config.timeout())) {
                measured = LoadRun.run(config, endpoint, counting, new CompletableFuture<>());
            }
            assertThat(rehearsed.get()).isPositive();
            assertThat(asked.get()).isEqualTo(20 + 10);
            assertThat(measured.stats().sent()).isEqualTo(10);
            assertThat(measured.stats().received()).isEqualTo(10);
        }
    }
}
