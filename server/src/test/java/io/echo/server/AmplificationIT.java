package io.echo.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.echo.net.Transport;
import io.echo.server.metrics.Counter;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Random packet programs against the runnable jar: to no source does more come back than it sent,
 * in datagrams and in bytes, whatever it sends. A short one here, a long one with {@code -Pattack}.
 */
@Timeout(value = 30, unit = TimeUnit.MINUTES)
class AmplificationIT {
    private static final long DATAGRAMS = Long.getLong("attack.datagrams", 30_000);

    @TempDir private Path dir;

    @ParameterizedTest
    @EnumSource(Transport.class)
    void neverSendsMoreThanItGetsWhereItTrusts(Transport transport) throws Exception {
        assertLaw(transport, "--max-datagram", "65527");
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void neverSendsMoreThanItGetsWhereItLimits(Transport transport) throws Exception {
        assertLaw(
                transport,
                "--trusted",
                "none",
                "--max-datagram",
                "60000",
                "--udp-rate",
                "5000",
                "--udp-bytes-rate",
                "2M",
                "--deny",
                "127.0.3.0/24");
    }

    /** A sixth of the datagrams: there are two tests on three transports. */
    private void assertLaw(Transport transport, String... limits) throws Exception {
        long seed = 7 + transport.ordinal();
        try (ServerProcess server = start(transport, limits);
                PacketProgram program =
                        new PacketProgram(
                                seed, new InetSocketAddress("127.0.0.1", server.port("udp")))) {
            for (int i = 0; i < 24; i++) {
                program.add("127.0." + i % 6 + "." + (1 + i), 0);
            }
            PacketProgram.Source refused = program.addService();
            long startNs = System.nanoTime();
            program.run(DATAGRAMS / 6);
            Map<Counter, Long> totals = server.stop();
            double seconds = (System.nanoTime() - startNs) / 1e9;
            program.finish();
            assertThat(refused.in()).isPositive();
            assertThat(refused.out()).isZero();
            assertTotals(program, totals);
            System.out.printf(
                    "%s %s: %d datagrams sent in %.1f s, %s%n",
                    transport, limits[1], DATAGRAMS / 6, seconds, totals);
        }
    }

    /** The server's books and the program's: what came back was echoed, what was echoed came in. */
    private static void assertTotals(PacketProgram program, Map<Counter, Long> totals) {
        long sent = program.sources().stream().mapToLong(PacketProgram.Source::in).sum();
        long sentBytes = program.sources().stream().mapToLong(PacketProgram.Source::inBytes).sum();
        long back = program.sources().stream().mapToLong(PacketProgram.Source::out).sum();
        long backBytes = program.sources().stream().mapToLong(PacketProgram.Source::outBytes).sum();
        assertThat(totals.get(Counter.UDP_RECEIVED)).isBetween(back, sent);
        assertThat(totals.get(Counter.UDP_RECEIVED_BYTES)).isBetween(backBytes, sentBytes);
        assertThat(totals.get(Counter.UDP_ECHOED)).isGreaterThanOrEqualTo(back);
        assertThat(totals.get(Counter.UDP_ECHOED_BYTES)).isGreaterThanOrEqualTo(backBytes);
        TestServers.assertConserved(totals);
    }

    private ServerProcess start(Transport transport, String... limits) throws IOException {
        String[] arguments = new String[limits.length + 6];
        System.arraycopy(limits, 0, arguments, 0, limits.length);
        String[] listen = {"--port", "0", "--host", "127.0.0.1", "--transport", "" + transport};
        System.arraycopy(listen, 0, arguments, limits.length, listen.length);
        return ServerProcess.start(dir.resolve("log"), arguments);
    }
}
