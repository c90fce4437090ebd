package io.echo.bench.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.echo.bench.load.OddServer;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The traffic that a report names is what went each way. */
@Timeout(60)
class TrafficTest {
    @Test
    void countsTheBytesThatCameBackAndNotThoseThatWentOut() throws Exception {
        OddServer.Datagrams small =
                (n, request, reply) -> {
                    if (request.length < 100) {
                        reply.send(request);
                    }
                };
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        PrintStream print = new PrintStream(out, true, StandardCharsets.UTF_8);
        try (OddServer server = OddServer.udp(small)) {
            String[] load = {
                "load",
                server.target().toString(),
                "--rate=500",
                "--count=200",
                "--size=64,1400",
                "--warmup=0s",
                "--timeout=200ms",
                "--max-lateness=1m"
            };
            BenchMain.run(load, print, print, CompletableFuture::new);
        }
        assertThat(out.toString(StandardCharsets.UTF_8))
                .contains("(payload 732 B out, 64 B back; on the wire 778 B out, 110 B back: UDP");
    }

    /** Each of these connections sends one probe, and begins with the first of the sizes. */
    @Test
    void countsTheBytesThatLeftAndNotThoseOfThePlan() throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        PrintStream print = new PrintStream(out, true, StandardCharsets.UTF_8);
        try (OddServer server = OddServer.udp((n, request, reply) -> reply.send(request))) {
            String[] load = {
                "load",
                server.target().toString(),
                "--rate=500",
                "--count=50",
                "--connections=50",
                "--size=64,1400",
                "--warmup=0s",
                "--timeout=200ms",
                "--max-lateness=1m"
            };
            BenchMain.run(load, print, print, CompletableFuture::new);
        }
        assertThat(out.toString(StandardCharsets.UTF_8))
                .contains("(payload 64 B; on the wire 110 B: UDP");
    }
}
