package io.echo.bench.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.echo.client.probe.ProbeStats;
import io.echo.client.probe.Rate;
import io.echo.net.Protocol;
import io.echo.net.Target;
import io.echo.net.Transport;
import io.echo.testing.RunnableJar;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The load tester and a port that misbehaves agree to the last datagram. */
@Timeout(60)
@Execution(ExecutionMode.CONCURRENT)
class FaultCountsIT {
    private static final int PROBES = 1_500;

    private static final Duration PATIENCE = Duration.ofSeconds(4);

    private static final Path SERVER = Path.of("..", "server", "target", "echo-server.jar");
    private static final Pattern PORTS = Pattern.compile("ready .*admin=(\\S+) fault=(\\d+) .*");

    /** A server with a port that misbehaves, as a user starts it. */
    private record Server(Process process, String admin, int port) implements AutoCloseable {
        static Server start(Transport transport, String profile) throws IOException {
            assumeTrue(transport.unavailabilityCause().isEmpty(), transport + " is not available");
            String[] flags = {
                "--host=127.0.0.1",
                "--port=0",
                "--loops=1",
                "--transport=" + transport,
                "--fault=0:" + profile
            };
            Process process =
                    new ProcessBuilder(RunnableJar.brief(SERVER.toAbsolutePath(), flags))
                            .redirectError(ProcessBuilder.Redirect.DISCARD)
                            .start();
            String ready = process.inputReader().readLine();
            Matcher ports = PORTS.matcher(String.valueOf(ready));
            assertThat(ports.matches()).as("%s", ready).isTrue();
            return new Server(process, ports.group(1), Integer.parseInt(ports.group(2)));
        }

        String scrape() throws IOException, InterruptedException {
            HttpRequest request =
                    HttpRequest.newBuilder(URI.create("http://" + admin + "/metrics")).build();
            return HttpClient.newHttpClient()
                    .send(request, HttpResponse.BodyHandlers.ofString())
                    .body();
        }

        @Override
        public void close() {
            process.destroyForcibly();
        }
    }

    private static ProbeStats load(Server server) throws Exception {
        Target target = new Target(Protocol.UDP, "127.0.0.1", server.port());
        LoadConfig.Load rate = new LoadConfig.Load.Open(Rate.perSecond(1_000));
        // A reply that a busy machine delays is no loss.
        LoadConfig patient = Loads.waiting(Loads.of(target, rate, PROBES), PATIENCE);
        return Loads.run(patient).stats();
    }

    private static long total(String scrape, String series) {
        return scrape.lines()
                .filter(line -> line.startsWith(series))
                .mapToLong(line -> (long) Double.parseDouble(line.split(" ")[1]))
                .findFirst()
                .orElseThrow();
    }

    private static long fault(String scrape, String name) {
        return total(scrape, "echo_fault_datagrams_total{fault=\"" + name + "\"");
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void losesAsManyAsItSays(Transport transport) throws Exception {
        try (Server server = Server.start(transport, "loss=3%,burst=20ms/500ms,seed=42")) {
            ProbeStats stats = load(server);
            String scrape = server.scrape();
            assertThat(stats.sent()).isEqualTo(PROBES);
            assertThat(stats.lost())
                    .isPositive()
                    .isEqualTo(fault(scrape, "loss") + fault(scrape, "burst"));
            assertThat(stats.received())
                    .isEqualTo(total(scrape, "echo_fault_datagrams_sent_total"));
            assertThat(total(scrape, "echo_fault_datagrams_received_total")).isEqualTo(PROBES);
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void duplicatesAndOvertakesAsManyAsItSays(Transport transport) throws Exception {
        try (Server server = Server.start(transport, "duplicate=3%,seed=7")) {
            ProbeStats stats = load(server);
            assertThat(stats.duplicated())
                    .isPositive()
                    .isEqualTo(fault(server.scrape(), "duplicate"));
            assertThat(stats.received()).isEqualTo(PROBES);
        }
        try (Server server = Server.start(transport, "reorder=3%/1,seed=7")) {
            ProbeStats stats = load(server);
            String scrape = server.scrape();
            assertThat(stats.reordered())
                    .isPositive()
                    .isEqualTo(fault(scrape, "reorder") - fault(scrape, "reorder_alone"));
            assertThat(stats.received()).isEqualTo(PROBES);
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void damagesAsManyAsItSays(Transport transport) throws Exception {
        try (Server server = Server.start(transport, "corrupt=3%,seed=9")) {
            ProbeStats stats = load(server);
            assertThat(stats.corrupted() + stats.foreign())
                    .isPositive()
                    .isEqualTo(fault(server.scrape(), "corrupt"));
            assertThat(stats.lost()).isEqualTo(stats.corrupted() + stats.foreign());
        }
    }
}
