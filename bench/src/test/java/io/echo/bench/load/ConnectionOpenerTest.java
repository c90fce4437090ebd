package io.echo.bench.load;

import static org.assertj.core.api.Assertions.assertThat;

import io.echo.client.probe.ProbeSizes;
import io.echo.client.probe.ProbeStats;
import io.echo.client.probe.Rate;
import io.echo.net.Protocol;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(60)
class ConnectionOpenerTest {
    private static final LoadConfig.Load SLOW = new LoadConfig.Load.Open(Rate.perSecond(1_000));

    private static void echo(Socket connection) throws IOException {
        connection.getInputStream().transferTo(connection.getOutputStream());
    }

    @Test
    void opensAsManyAsAreAskedForAndTimesEach() throws Exception {
        AtomicInteger accepted = new AtomicInteger();
        OddServer.Stream counting =
                connection -> {
                    accepted.incrementAndGet();
                    echo(connection);
                };
        try (OddServer server = OddServer.tcp(counting)) {
            LoadConfig config =
                    Loads.with(Loads.of(server.target(), SLOW, 400), 40, ProbeSizes.fixed(64), 2);
            Measurement measurement = Loads.run(config);
            assertThat(accepted).hasValue(40);
            assertThat(measurement.connectNs().getTotalCount()).isEqualTo(40);
            assertThat(measurement.connectNs().getMinValue()).isPositive();
            assertThat(measurement.stats().received()).isEqualTo(400);
        }
    }

    /**
     * A peer whose table is full resets what it accepts, sometimes before it is seen to be open.
     */
    @Test
    void measuresOverTheConnectionsThatAPeerKeeps() throws Exception {
        AtomicInteger accepted = new AtomicInteger();
        OddServer.Stream one =
                connection -> {
                    if (accepted.getAndIncrement() == 0) {
                        echo(connection);
                    } else {
                        connection.setSoLinger(true, 0);
                    }
                };
        for (int i = 0; i < 5; i++) {
            accepted.set(0);
            try (OddServer server = OddServer.tcp(one)) {
                LoadConfig config =
                        Loads.with(
                                Loads.of(server.target(), SLOW, 40), 20, ProbeSizes.fixed(64), 1);
                Measurement measurement = Loads.run(config);
                assertThat(measurement.stats().sent()).isEqualTo(40);
                assertThat(measurement.downPart()).isGreaterThan(0.5);
            }
        }
    }

    @Test
    void countsAsOpenedAgainWhatWasInTheMeasuredPhase() throws Exception {
        OddServer.Stream ending =
                connection ->
                        connection
                                .getOutputStream()
                                .write(connection.getInputStream().readNBytes(64));
        try (OddServer server = OddServer.tcp(ending)) {
            LoadConfig config =
                    Loads.with(
                            Loads.of(server.target(), SLOW, 1),
                            Duration.ofMillis(100),
                            Duration.ofMillis(600));
            Measurement measurement = Loads.run(config);
            // A place is taken again after 7 ms at least.
            assertThat(measurement.connections().reopened()).isBetween(1L, 16L);
        }
    }

    @Test
    void replacesConnectionsWithoutLosingAProbe() throws Exception {
        AtomicInteger accepted = new AtomicInteger();
        OddServer.Stream counting =
                connection -> {
                    accepted.incrementAndGet();
                    echo(connection);
                };
        try (OddServer server = OddServer.tcp(counting)) {
            LoadConfig config =
                    Loads.with(
                            Loads.with(
                                    Loads.of(server.target(), SLOW, 2_000),
                                    5,
                                    ProbeSizes.fixed(64),
                                    1),
                            Loads.replaced(Duration.ofMillis(200)));
            Measurement measurement = Loads.run(config);
            ProbeStats stats = measurement.stats();
            assertThat(stats.sent()).isEqualTo(2_000);
            assertThat(stats.lost()).isZero();
            assertThat(stats.corrupted() + stats.foreign() + stats.duplicated()).isZero();
            assertThat(accepted).hasValueGreaterThanOrEqualTo(20);
        }
    }

    @Test
    void closesReplacedConnectionsOfAClosedLoop() throws Exception {
        AtomicInteger accepted = new AtomicInteger();
        AtomicInteger open = new AtomicInteger();
        AtomicInteger mostOpen = new AtomicInteger();
        OddServer.Stream counting =
                connection -> {
                    accepted.incrementAndGet();
                    mostOpen.accumulateAndGet(open.incrementAndGet(), Math::max);
                    echo(connection);
                    open.decrementAndGet();
                };
        try (OddServer server = OddServer.tcp(counting)) {
            LoadConfig config =
                    Loads.with(
                            Loads.with(
                                    Loads.of(server.target(), new LoadConfig.Load.Closed(1), 1),
                                    Duration.ofSeconds(1),
                                    Duration.ZERO),
                            Loads.replaced(Duration.ofMillis(30)));
            assertThat(Loads.run(config).stats().lost()).isZero();
            assertThat(accepted).hasValueGreaterThanOrEqualTo(12);
            assertThat(mostOpen).hasValueLessThan(8);
        }
    }

    @ParameterizedTest
    @EnumSource(Protocol.class)
    void waitsForLateRepliesOfConnectionsThatAreReplaced(Protocol protocol) throws Exception {
        long delayNs = 250_000_000;
        OddServer.Datagrams lateDatagrams =
                (n, request, reply) -> {
                    Thread later = new Thread(() -> sendAfter(delayNs, request, reply));
                    later.setDaemon(true);
                    later.start();
                };
        OddServer.Stream lateBytes =
                connection -> {
                    for (int i = 0; ; i++) {
                        byte[] probe = connection.getInputStream().readNBytes(64);
                        if (probe.length < 64) {
                            return;
                        }
                        sendAfter(i == 0 ? delayNs : 0, probe, connection.getOutputStream()::write);
                    }
                };
        try (OddServer server =
                protocol == Protocol.UDP
                        ? OddServer.udp(lateDatagrams)
                        : OddServer.tcp(lateBytes)) {
            LoadConfig.Load slow = new LoadConfig.Load.Open(Rate.perSecond(50));
            LoadConfig config =
                    Loads.with(
                            Loads.of(server.target(), slow, 40),
                            Loads.replaced(Duration.ofMillis(200)));
            ProbeStats stats = Loads.run(Loads.waiting(config, Duration.ofMillis(100))).stats();
            assertThat(stats.late()).isPositive();
            // At the end of the run 100 ms are waited for, and no more.
            assertThat(stats.lost()).isLessThan(15);
        }
    }

    private static void sendAfter(long ns, byte[] bytes, OddServer.Reply reply) {
        LockSupport.parkNanos(ns);
        try {
            reply.send(bytes);
        } catch (IOException e) {
            // The load is over.
        }
    }

    /** A socket that is replaced takes its own count of drops with it. */
    @Test
    void knowsNoDropsOfSocketsThatComeAndGo() throws Exception {
        try (OddServer server = OddServer.udp((n, request, reply) -> reply.send(request))) {
            LoadConfig kept = Loads.of(server.target(), SLOW, 100);
            LoadConfig replaced = Loads.with(kept, Loads.replaced(Duration.ofMillis(30)));
            assertThat(Loads.run(replaced).cost().socketDrops()).isEmpty();
            assertThat(Loads.run(kept).cost().socketDrops())
                    .isEqualTo(
                            Files.exists(Path.of("/proc/net/udp"))
                                    ? OptionalLong.of(0)
                                    : OptionalLong.empty());
        }
    }

    @Test
    void sendsFromTheAddressesItIsBoundToInTurn() throws Exception {
        Set<String> seen = ConcurrentHashMap.newKeySet();
        OddServer.Stream noting =
                connection -> {
                    seen.add(connection.getInetAddress().getHostAddress());
                    echo(connection);
                };
        try (OddServer server = OddServer.tcp(noting)) {
            LoadConfig config =
                    Loads.with(
                            Loads.with(
                                    Loads.of(server.target(), SLOW, 100),
                                    4,
                                    ProbeSizes.fixed(64),
                                    1),
                            new LoadConfig.Sockets(
                                    List.of(
                                            InetAddress.getByName("127.0.0.1"),
                                            InetAddress.getByName("127.0.0.2")),
                                    Optional.of(46),
                                    false,
                                    Optional.of(Rate.perSecond(100)),
                                    Optional.empty()));
            assertThat(Loads.run(config).stats().received()).isEqualTo(100);
            assertThat(seen).containsExactlyInAnyOrder("127.0.0.1", "127.0.0.2");
        }
    }
}
