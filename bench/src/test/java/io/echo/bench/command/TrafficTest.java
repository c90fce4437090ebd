package io.echo.bench.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.echo.bench.load.OddServer;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The traffic that a report names is what went each way. */
@Timeout(60)
class TrafficTest {
    private static String report(OddServer server, String... flags) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        PrintStream print = new PrintStream(out, true, StandardCharsets.UTF_8);
        Stream<String> load =
                Stream.of(
                        "load",
                        server.target().toString(),
                        "--rate=500",
                        "--size=64,1400",
                        "--warmup=0s",
                        "--timeout=200ms",
                        "--max-lateness=1m");
        BenchMain.run(
                Stream.concat(load, Stream.of(flags)).toArray(String[]::new),
                print,
                print,
                CompletableFuture::new);
        return out.toString(StandardCharsets.UTF_8);
    }

    @Test
    void countsTheBytesThatCameBackAndNotThoseThatWentOut() throws Exception {
        OddServer.Datagrams small =
                (n, request, reply) -> {
                    if (request.length < 100) {
                        reply.send(request);
                    }
                };
        try (OddServer server = OddServer.udp(small)) {
            assertThat(report(server, "--count=200"))
                    .contains(
                            "(payload 732 B out, 64 B back; on the wire 778 B out, 110 B back:"
                                    + " UDP");
        }
    }

    /** Each of these connections sends one probe, and begins with the first of the sizes. */
    @Test
    void countsTheBytesThatLeftAndNotThoseOfThePlan() throws Exception {
        try (OddServer server = OddServer.udp((n, request, reply) -> reply.send(request))) {
            assertThat(report(server, "--count=50", "--connections=50"))
                    .contains("(payload 64 B; on the wire 110 B: UDP");
        }
    }
}
