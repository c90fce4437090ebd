package io.echo.bench.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.echo.bench.load.Endpoint;
import io.echo.bench.load.FaultyEcho;
import io.echo.bench.load.LoadConfig;
import io.echo.bench.load.LoadRun;
import io.echo.bench.load.Loads;
import io.echo.bench.load.Measurement;
import io.echo.bench.load.OddServer;
import io.echo.bench.result.Result;
import io.echo.bench.verdict.PassCriteria;
import io.echo.bench.verdict.Verdict;
import io.echo.net.Protocol;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The title of a page, which a tab shows, says what became of the run. */
@Timeout(30)
class LoadPageTest {
    /** A closed loop, which no busy core makes late, and so not valid. */
    private static final LoadConfig.Load LOAD = new LoadConfig.Load.Closed(1);

    private static String page(Measurement measurement) throws Exception {
        Result result = Result.of(measurement, Verdict.of(measurement, PassCriteria.NONE));
        ByteArrayOutputStream page = new ByteArrayOutputStream();
        LoadPage.of("load", result).write(page);
        return page.toString(StandardCharsets.UTF_8);
    }

    @Test
    void aServiceThatAnswersNothingFailed() throws Exception {
        try (FaultyEcho server = FaultyEcho.start("loss=100%")) {
            assertThat(page(Loads.run(Loads.of(server.target(Protocol.UDP), LOAD, 2))))
                    .contains("<title>Failed: udp://")
                    .contains("Valid, but the service failed");
        }
    }

    @Test
    void aRunThatWasInterruptedMissedNoLimit() throws Exception {
        CompletableFuture<Integer> stop = new CompletableFuture<>();
        OddServer.Datagrams dying =
                (n, request, reply) -> {
                    if (n < 50) {
                        reply.send(request);
                    } else {
                        stop.complete(130);
                    }
                };
        try (OddServer server = OddServer.udp(dying)) {
            LoadConfig config =
                    Loads.with(
                            Loads.of(server.target(), LOAD, 1),
                            Duration.ofMinutes(1),
                            Duration.ZERO);
            try (Endpoint endpoint = Endpoint.of(server.target(), config.timeout())) {
                assertThat(page(LoadRun.run(config, endpoint, LoadRun.Listener.NONE, stop)))
                        .contains("<title>Not as asked: udp://")
                        .contains("Valid, but interrupted")
                        .contains("Of those waited for, all 50 probes were answered")
                        .doesNotContain("Nothing was lost");
            }
        }
    }
}
