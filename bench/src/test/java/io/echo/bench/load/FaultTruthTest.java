package io.echo.bench.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.echo.client.probe.ProbeStats;
import io.echo.client.probe.Rate;
import io.echo.net.Protocol;
import io.echo.net.Target;
import io.echo.net.Transport;
import io.echo.server.EchoServer;
import io.echo.server.config.Addresses;
import io.echo.server.config.FaultPort;
import io.echo.server.config.FaultProfile;
import io.echo.server.config.ServerConfig;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The load tester and a port that misbehaves agree to the last datagram. */
@Timeout(60)
@Execution(ExecutionMode.CONCURRENT)
class FaultTruthTest {
    private static final int PROBES = 4_000;

    private static EchoServer start(Transport transport, String profile) throws Exception {
        assumeTrue(transport.unavailabilityCause().isEmpty(), transport + " is not available");
        ServerConfig config = ServerConfig.DEFAULT;
        return EchoServer.start(
                config.withListen(
                                config.listen()
                                        .withHosts("127.0.0.1")
                                        .withPort(0)
                                        .withLoops(1)
                                        .withTransport(transport))
                        .withAdmin(Optional.of(new ServerConfig.Admin("127.0.0.1", 0)))
                        .withDrain(ServerConfig.Drain.NONE)
                        .withFaults(
                                new ServerConfig.Faults(
                                        List.of(new FaultPort(0, FaultProfile.parse(profile))),
                                        false)));
    }

    private static ProbeStats load(EchoServer server) throws Exception {
        Target target = new Target(Protocol.UDP, "127.0.0.1", server.addresses().faults().get(0));
        LoadConfig.Load rate = new LoadConfig.Load.Open(Rate.perSecond(2_000));
        return Loads.run(Loads.of(target, rate, PROBES)).stats();
    }

    private static String scrape(EchoServer server) throws Exception {
        String admin = Addresses.text(server.addresses().admin().orElseThrow());
        HttpRequest request =
                HttpRequest.newBuilder(URI.create("http://" + admin + "/metrics")).build();
        return HttpClient.newHttpClient()
                .send(request, HttpResponse.BodyHandlers.ofString())
                .body();
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
        try (EchoServer server = start(transport, "loss=3%,burst=20ms/500ms,seed=42")) {
            ProbeStats stats = load(server);
            String scrape = scrape(server);
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
        try (EchoServer server = start(transport, "duplicate=3%,seed=7")) {
            ProbeStats stats = load(server);
            assertThat(stats.duplicated())
                    .isPositive()
                    .isEqualTo(fault(scrape(server), "duplicate"));
            assertThat(stats.received()).isEqualTo(PROBES);
        }
        try (EchoServer server = start(transport, "reorder=3%/1,seed=7")) {
            ProbeStats stats = load(server);
            String scrape = scrape(server);
            assertThat(stats.reordered())
                    .isPositive()
                    .isEqualTo(fault(scrape, "reorder") - fault(scrape, "reorder_alone"));
            assertThat(stats.received()).isEqualTo(PROBES);
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void damagesAsManyAsItSays(Transport transport) throws Exception {
        try (EchoServer server = start(transport, "corrupt=3%,seed=9")) {
            ProbeStats stats = load(server);
            assertThat(stats.corrupted() + stats.foreign())
                    .isPositive()
                    .isEqualTo(fault(scrape(server), "corrupt"));
            assertThat(stats.lost()).isEqualTo(stats.corrupted() + stats.foreign());
        }
    }
}
