package io.echo.bench.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.echo.bench.load.OddServer;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Checks the warning of a limit that was met by fewer probes than can show it. */
@Timeout(60)
@Execution(ExecutionMode.CONCURRENT)
class FewProbesTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--max-loss=0.1% | 999 | a loss of 0.1 % | 1,000",
                "--max-loss=0.3% | 333 | a loss of 0.3 % | 334",
                "--max-loss=1%   | 99  | a loss of 1 %   | 100",
                "--max-p99=20s   | 99  | a p99           | 100",
                "--max-p99.9=20s | 999 | a p99.9         | 1,000",
            })
    void oneProbeFewerThanCanShowALimitIsAWarning(
            String flag, int count, String what, String enough) throws Exception {
        String text = count + " probes cannot show " + what + ": " + enough + " or more could";
        assertThat(load(flag, count)).as(out()).isZero();
        assertThat(out()).containsOnlyOnce("warning: " + text + " (--duration, --count)");

        assertThat(load(flag, count + 1)).as(out()).isZero();
        assertThat(out()).contains("limits met").doesNotContain("cannot show");
    }

    @ParameterizedTest
    @CsvSource({"--max-loss=0%, 0", "--min-rate=1, 0", "--max-p99=1ns, 3"})
    void limitThatFewCanShowOrThatWasMissedIsNone(String flag, int code) throws Exception {
        assertThat(load(flag, 20)).as(out()).isEqualTo(code);
        assertThat(out()).contains("verdict").doesNotContain("cannot show");
    }

    /** Runs a closed loop, which no slow machine makes invalid. */
    private int load(String limit, int count) throws Exception {
        out.reset();
        PrintStream print = new PrintStream(out, true, StandardCharsets.UTF_8);
        try (OddServer server = OddServer.udp((n, request, reply) -> reply.send(request))) {
            return BenchMain.run(
                    new String[] {
                        "load",
                        server.target().toString(),
                        "--count=" + count,
                        "--warmup=0s",
                        "--timeout=1s",
                        limit
                    },
                    print,
                    print,
                    CompletableFuture::new);
        }
    }

    private String out() {
        return out.toString(StandardCharsets.UTF_8);
    }
}
