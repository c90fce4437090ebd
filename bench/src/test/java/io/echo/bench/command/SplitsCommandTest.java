package io.echo.bench.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.echo.bench.load.OddServer;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class SplitsCommandTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    @TempDir private Path directory;

    private int run(String... args) {
        PrintStream print = new PrintStream(out, true, StandardCharsets.UTF_8);
        return BenchMain.run(args, print, print, CompletableFuture::new);
    }

    /** Runs without replies differ in nothing: they would say that no difference is ever called. */
    @Test
    void refusesRunsWithoutReplies() throws Exception {
        Path file = directory.resolve("silent.json");
        try (OddServer silent = OddServer.udp((n, request, reply) -> {})) {
            String target = silent.target().toString();
            String count = "--count=3";
            int code =
                    run("load", target, count, "--warmup=0s", "--timeout=20ms", "--json=" + file);
            assertThat(code).isEqualTo(1);
        }
        Path second = directory.resolve("second.json");
        try (OddServer echo = OddServer.udp((n, request, reply) -> reply.send(request))) {
            run("load", echo.target().toString(), "--count=3", "--warmup=0s", "--json=" + second);
        }
        Path both = directory.resolve("both.jsonl");
        Files.writeString(both, Files.readString(file) + Files.readString(second));
        out.reset();
        assertThat(run("splits", both.toString())).isEqualTo(2);
        assertThat(out.toString(StandardCharsets.UTF_8))
                .startsWith("echo-bench: FILE must be valid results with replies, got 1 without");
    }
}
