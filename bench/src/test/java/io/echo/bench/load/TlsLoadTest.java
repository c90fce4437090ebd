package io.echo.bench.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import io.echo.bench.report.TextReport;
import io.echo.bench.result.MergedResult;
import io.echo.bench.result.Result;
import io.echo.bench.result.ResultJson;
import io.echo.bench.result.SavedResults;
import io.echo.bench.verdict.PassCriteria;
import io.echo.bench.verdict.Verdict;
import io.echo.cli.Terminal;
import io.echo.client.probe.Rate;
import io.echo.client.socket.LayerConfig;
import io.echo.client.tls.ClientTls;
import io.echo.client.tls.TlsConfig;
import io.echo.net.Target;
import io.echo.testing.TestCa;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Loads over TLS: counts, handshakes, and what becomes of them in results. */
@Timeout(120)
class TlsLoadTest {
    @TempDir private static Path directory;
    private static TestCa ca;
    private static SSLContext context;

    /** Long enough for replacements. */
    private static final LoadConfig.Load SLOW = new LoadConfig.Load.Open(Rate.perSecond(500));

    private final AtomicInteger served = new AtomicInteger();

    @BeforeAll
    static void issue() throws Exception {
        ca = TestCa.in(directory, "Test CA").issue("good", "DNS:localhost,IP:127.0.0.1");
        context = ca.context("good");
    }

    private OddServer echo(int connections) throws Exception {
        return OddServer.tcp(
                plain -> {
                    if (served.getAndIncrement() >= connections) {
                        plain.getOutputStream()
                                .write("busy, come back later\n".getBytes(StandardCharsets.UTF_8));
                        return;
                    }
                    try (SSLSocket tls = tls(plain)) {
                        tls.getInputStream().transferTo(tls.getOutputStream());
                    }
                });
    }

    private static SSLSocket tls(Socket plain) throws IOException {
        SSLSocket tls =
                (SSLSocket)
                        context.getSocketFactory()
                                .createSocket(plain, "localhost", plain.getPort(), true);
        tls.setUseClientMode(false);
        return tls;
    }

    private static Target target(OddServer server) {
        return new Target(server.target().protocol(), "127.0.0.1", server.target().port(), true);
    }

    private static LoadConfig config(
            OddServer server, LoadConfig.Load load, Optional<Duration> lifetime)
            throws IOException {
        TlsConfig trusting =
                new TlsConfig(
                        Optional.of(ca.file("ca.pem")),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        false);
        return Loads.with(
                Loads.of(target(server), load, 300),
                new LoadConfig.Sockets(
                        List.of(),
                        Optional.empty(),
                        Optional.empty(),
                        false,
                        Optional.empty(),
                        lifetime,
                        new LayerConfig(Optional.of(ClientTls.of(trusting)), Optional.empty())));
    }

    @Test
    void countsProbesAndHandshakes() throws Exception {
        try (OddServer server = echo(Integer.MAX_VALUE)) {
            LoadConfig config = config(server, new LoadConfig.Load.Closed(4), Optional.empty());
            Measurement measurement = Loads.run(config);
            assertThat(measurement.stats().received()).isEqualTo(300);
            assertThat(measurement.connections().handshakes())
                    .hasValueSatisfying(
                            handshakes -> {
                                assertThat(handshakes.ns().getTotalCount()).isEqualTo(1);
                                assertThat(handshakes.measured()).isZero();
                                assertThat(handshakes.failed()).isZero();
                                assertThat(handshakes.ns().getMaxValue())
                                        .isPositive()
                                        .isLessThan(measurement.connectNs().getMaxValue());
                            });
        }
    }

    @Test
    void everyReplacementIsAFullHandshake() throws Exception {
        AtomicInteger resumed = new AtomicInteger();
        java.util.Set<String> sessions = java.util.concurrent.ConcurrentHashMap.newKeySet();
        try (OddServer server =
                OddServer.tcp(
                        plain -> {
                            try (SSLSocket tls = tls(plain)) {
                                tls.setEnabledProtocols(new String[] {"TLSv1.2"});
                                tls.startHandshake();
                                byte[] id = tls.getSession().getId();
                                if (!sessions.add(new java.math.BigInteger(1, id).toString())) {
                                    resumed.incrementAndGet();
                                }
                                tls.getInputStream().transferTo(tls.getOutputStream());
                            }
                        })) {
            LoadConfig config = config(server, SLOW, Optional.of(Duration.ofMillis(100)));
            Measurement measurement = Loads.run(config);
            long count = measurement.connections().handshakes().orElseThrow().ns().getTotalCount();
            assertThat(count).isGreaterThan(1);
            assertThat(measurement.connections().handshakes().orElseThrow().measured())
                    .isEqualTo(count - 1);
            assertThat(sessions).hasSizeGreaterThanOrEqualTo((int) count);
            assertThat(resumed).hasValue(0);
        }
    }

    @Test
    void countsHandshakesThatFail() throws Exception {
        try (OddServer server = echo(1)) {
            LoadConfig config = config(server, SLOW, Optional.of(Duration.ofMillis(100)));
            Measurement measurement = Loads.run(config);
            assertThat(measurement.connections().handshakes().orElseThrow().failed()).isPositive();
            assertThat(measurement.problems())
                    .anySatisfy(
                            problem ->
                                    assertThat(problem)
                                            .contains("could not be replaced")
                                            .contains("does not speak TLS"));
        }
    }

    @Test
    void namesTheReasonWhenNoConnectionOpens() throws Exception {
        try (OddServer server = echo(0)) {
            LoadConfig config = config(server, Loads.OPEN, Optional.empty());
            assertThatThrownBy(() -> Loads.run(config))
                    .isInstanceOf(IOException.class)
                    .hasMessage(
                            "cannot connect to "
                                    + target(server)
                                    + ": the server does not speak TLS");
        }
    }

    @Test
    void savedResultsKeepTheHandshakes() throws Exception {
        try (OddServer server = echo(Integer.MAX_VALUE)) {
            LoadConfig config = config(server, SLOW, Optional.of(Duration.ofMillis(200)));
            Measurement measurement = Loads.run(config);
            Verdict verdict = Verdict.of(measurement, PassCriteria.NONE);
            Result result = Result.of(measurement, verdict);
            JsonObject json = ResultJson.of(result);
            assertThat(json.get("target").getAsString()).startsWith("tls://127.0.0.1:");
            assertThat(json.get("protocol").getAsString()).isEqualTo("tcp");
            JsonObject handshakes = json.getAsJsonObject("handshakes");
            assertThat(handshakes.keySet())
                    .containsExactly("count", "failed", "measured", "per_s", "time_us", "hdr");
            long count = handshakes.get("count").getAsLong();
            assertThat(TextReport.of(measurement, verdict, Terminal.out()))
                    .anySatisfy(line -> assertThat(line).startsWith("handshakes    " + count))
                    .anySatisfy(line -> assertThat(line).startsWith("handshake  "));
            String line = ResultJson.line(json);
            String at = json.get("started_at").getAsString();
            Result later = read(line.replace(at, Instant.parse(at).plusNanos(1).toString()));
            Result read = read(line);
            assertThat(ResultJson.line(ResultJson.of(read))).isEqualTo(line);
            Result sum = MergedResult.of(List.of(result, later));
            JsonObject merged = ResultJson.of(sum).getAsJsonObject("handshakes");
            assertThat(merged.get("count").getAsLong()).isEqualTo(2 * count);
            assertThat(merged.get("time_us")).isEqualTo(handshakes.get("time_us"));
            read(ResultJson.line(ResultJson.of(sum)));
            handshakes.addProperty("count", count + 1);
            assertThatThrownBy(() -> read(ResultJson.line(json)))
                    .hasMessageContaining("handshakes.count must be");
        }
    }

    private static Result read(String line) throws IOException {
        byte[] bytes = line.getBytes(StandardCharsets.UTF_8);
        return new SavedResults(new ByteArrayInputStream(bytes)).read("-").get(0);
    }
}
