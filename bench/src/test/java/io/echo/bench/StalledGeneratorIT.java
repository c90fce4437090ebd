package io.echo.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.echo.bench.load.OddServer;
import io.echo.testing.RunnableJar;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A generator that is stopped for a while takes the blame for what it did not send in time. */
@Tag("long")
@Timeout(60)
class StalledGeneratorIT {
    private static final Path JAR = Path.of("target", "echo-bench.jar");
    private static final int PROBES = 1_500;
    private static final long STOP_MS = 400;

    @TempDir private Path directory;

    @Test
    void isNoFaultOfTheService() throws Exception {
        AtomicInteger asked = new AtomicInteger();
        OddServer.Datagrams counting =
                (n, request, reply) -> {
                    asked.incrementAndGet();
                    reply.send(request);
                };
        Path out = directory.resolve("out");
        try (OddServer server = OddServer.udp(counting)) {
            Process load =
                    start(server, out, "--rate=500", "--count=" + PROBES, "--max-p99.9=100ms");
            while (asked.get() < PROBES / 3) {
                Thread.onSpinWait();
            }
            signal(load, "STOP");
            goOnAfter(STOP_MS, load);
            assertThat(load.exitValue()).as(Files.readString(out)).isEqualTo(4);
            assertThat(Files.readString(out))
                    .contains("NOT VALID: the generator was late, by ")
                    .contains("from the actual send")
                    .contains("the generator stood still for ");
        }
    }

    /** The peer answers the last hundred while the generator is stopped, longer than a timeout. */
    @Test
    void readsWhatCameWhileItWasStoppedAfterItsLastProbe() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch stopped = new CountDownLatch(1);
        List<byte[]> held = new ArrayList<>();
        OddServer.Datagrams slow =
                (n, request, reply) -> {
                    if (n < 100) {
                        reply.send(request);
                        return;
                    }
                    held.add(request);
                    if (n == 199) {
                        asked.countDown();
                        awaitQuietly(stopped);
                        for (byte[] one : held) {
                            reply.send(one);
                        }
                    }
                };
        Path out = directory.resolve("out");
        try (OddServer server = OddServer.udp(slow)) {
            Process load =
                    start(
                            server,
                            out,
                            "--rate=1000",
                            "--count=200",
                            "--timeout=400ms",
                            "--max-loss=1%");
            assertThat(asked.await(30, TimeUnit.SECONDS)).isTrue();
            signal(load, "STOP");
            stopped.countDown();
            goOnAfter(2 * STOP_MS, load);
            // Not valid, perhaps, on a busy machine; never a loss of the service.
            assertThat(load.exitValue()).as(Files.readString(out)).isIn(0, 4);
            assertThat(Files.readString(out))
                    .containsPattern("received +200,")
                    .contains("the generator stood still for ");
        }
    }

    /** Stopped when all replies have come and only the time for late ones passes. */
    @Tag("long")
    @Test
    void saysNothingOfAStopInWhichNothingWasDue() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        OddServer.Datagrams slow =
                (n, request, reply) -> {
                    if (n >= 90) {
                        LockSupport.parkNanos(20_000_000); // the last ten of them, one by one
                    }
                    reply.send(request);
                    if (n == 99) {
                        asked.countDown();
                    }
                };
        Path out = directory.resolve("out");
        try (OddServer server = OddServer.udp(slow)) {
            Process load =
                    start(
                            server,
                            out,
                            "--rate=200",
                            "--count=100",
                            "--timeout=3s",
                            "--max-p99=1ms");
            assertThat(asked.await(30, TimeUnit.SECONDS)).isTrue();
            assertThat(load.waitFor(STOP_MS, TimeUnit.MILLISECONDS)).as("it waits").isFalse();
            signal(load, "STOP");
            goOnAfter(STOP_MS, load);
            assertThat(Files.readString(out)).doesNotContainPattern("stood still for [34]\\d\\d");
        }
    }

    private static void awaitQuietly(CountDownLatch latch) throws IOException {
        try {
            assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    private static Process start(OddServer server, Path out, String... flags) throws IOException {
        List<String> command =
                RunnableJar.brief(JAR.toAbsolutePath(), "load", server.target().toString());
        command.addAll(List.of("--warmup=0s", "--max-lateness=1m"));
        command.addAll(List.of(flags));
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(out.toFile())
                .start();
    }

    /** Lets it stand still for that long, and then go on to its end. */
    private static void goOnAfter(long ms, Process stopped) throws Exception {
        assertThat(stopped.waitFor(ms, TimeUnit.MILLISECONDS)).as("it stands still").isFalse();
        signal(stopped, "CONT");
        assertThat(stopped.waitFor(30, TimeUnit.SECONDS)).isTrue();
    }

    private static void signal(Process process, String name) throws Exception {
        Process kill = new ProcessBuilder("kill", "-" + name, "" + process.pid()).start();
        assertThat(kill.waitFor()).isZero();
    }
}
