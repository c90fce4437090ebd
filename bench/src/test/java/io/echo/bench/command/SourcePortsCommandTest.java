package io.echo.bench.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.echo.net.Protocol;
import io.echo.net.Transport;
import io.echo.testing.FreePorts;
import io.echo.testing.Programs;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.PrintStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Source ports as an echo sees them. */
@Timeout(60)
class SourcePortsCommandTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    /** Datagrams or connections by where they came from. */
    private final Map<String, Integer> seen = new ConcurrentSkipListMap<>();

    private int load(String target, String... flags) {
        seen.clear();
        err.reset();
        String[] always = {
            "load",
            target,
            "--rate=1k",
            "--count=100",
            "--warmup=0s",
            "--timeout=300ms",
            "--max-lateness=10s"
        };
        return BenchMain.run(
                Stream.of(always, flags).flatMap(Stream::of).toArray(String[]::new),
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                CompletableFuture::new);
    }

    private String[] pairs(int first, int count, String address) {
        return IntStream.range(first, first + count)
                .mapToObj(port -> address + ":" + port)
                .toArray(String[]::new);
    }

    private void note(InetSocketAddress from) {
        seen.merge(from.getAddress().getHostAddress() + ":" + from.getPort(), 1, Integer::sum);
    }

    private static void start(Thread thread) {
        thread.setDaemon(true);
        thread.start();
    }

    /** Answers from a thread of its own until it is closed. */
    private Closeable echo(Protocol protocol, int bytesEach) throws IOException {
        if (protocol == Protocol.UDP) {
            DatagramSocket socket = new DatagramSocket(0, InetAddress.getLoopbackAddress());
            start(new Thread(() -> answer(socket)));
            return socket;
        }
        ServerSocket socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        start(new Thread(() -> accept(socket, bytesEach)));
        return socket;
    }

    private static String target(Closeable echo) {
        return echo instanceof DatagramSocket udp
                ? "udp://127.0.0.1:" + udp.getLocalPort()
                : "tcp://127.0.0.1:" + ((ServerSocket) echo).getLocalPort();
    }

    private void answer(DatagramSocket socket) {
        DatagramPacket packet = new DatagramPacket(new byte[2_048], 2_048);
        try {
            while (true) {
                packet.setLength(2_048);
                socket.receive(packet);
                note((InetSocketAddress) packet.getSocketAddress());
                socket.send(packet);
            }
        } catch (IOException e) {
            // closed by the test
        }
    }

    private void accept(ServerSocket listener, int bytesEach) {
        try {
            while (true) {
                Socket connection = listener.accept();
                note((InetSocketAddress) connection.getRemoteSocketAddress());
                start(new Thread(() -> serve(connection, bytesEach)));
            }
        } catch (IOException e) {
            // closed by the test
        }
    }

    private static void serve(Socket connection, int bytesEach) {
        try (connection) {
            connection.setTcpNoDelay(true);
            for (int bytes = 0; bytes < bytesEach; ) {
                byte[] probe = connection.getInputStream().readNBytes(64);
                if (probe.length == 0) {
                    return;
                }
                connection.getOutputStream().write(probe);
                bytes += probe.length;
            }
        } catch (IOException e) {
            // the load is over
        }
    }

    private static void require(Transport transport) {
        if (transport.unavailabilityCause().isPresent()) {
            Programs.missing("this test needs " + transport);
        }
    }

    /** The second run finds the ports as the first left them. */
    @ParameterizedTest
    @CsvSource({
        "UDP, NIO",
        "UDP, EPOLL",
        "UDP, IO_URING",
        "TCP, NIO",
        "TCP, EPOLL",
        "TCP, IO_URING"
    })
    void sendsFromTheSamePortsInEveryRun(Protocol protocol, Transport transport) throws Exception {
        require(transport);
        int first = FreePorts.first(5);
        String[] flags = {"--source-ports=" + first + "+5", "--transport=" + transport};
        try (Closeable echo = echo(protocol, Integer.MAX_VALUE)) {
            for (int run = 0; run < 2; run++) {
                assertThat(load(target(echo), flags)).as(err.toString()).isZero();
                assertThat(seen.keySet()).containsExactly(pairs(first, 5, "127.0.0.1"));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Protocol.class)
    void givesEachConnectionItsOwnPairOfAddressAndPort(Protocol protocol) throws Exception {
        int first = FreePorts.first(3);
        String ports = "--source-ports=" + first + "+3";
        try (Closeable echo = echo(protocol, Integer.MAX_VALUE)) {
            String bind = "--bind=127.0.0.1,127.0.0.2";
            assertThat(load(target(echo), ports, bind, "--connections=6")).isZero();
            assertThat(seen.keySet())
                    .containsExactlyInAnyOrder(
                            Stream.of("127.0.0.1", "127.0.0.2")
                                    .flatMap(from -> Stream.of(pairs(first, 3, from)))
                                    .toArray(String[]::new));
            assertThat(load(target(echo), ports, bind)).isZero();
            assertThat(seen.keySet())
                    .containsExactlyInAnyOrder(
                            "127.0.0.1:" + first,
                            "127.0.0.2:" + (first + 1),
                            "127.0.0.1:" + (first + 2));
            assertThat(load(target(echo), ports, bind, "--connections=7")).isEqualTo(2);
            assertThat(err.toString(StandardCharsets.UTF_8))
                    .isEqualTo(
                            "echo-bench: --connections must be at most 6, one from each of"
                                    + " --source-ports "
                                    + first
                                    + "+3 at each of 2 addresses, got 7 (see echo-bench load"
                                    + " --help)\n");
            assertThat(seen).isEmpty();
        }
    }

    /** Each connection of two loops keeps its place, whichever opened first. */
    @Test
    void opensConnectionsAgainFromTheirPorts() throws Exception {
        int first = FreePorts.first(4);
        try (Closeable echo = echo(Protocol.TCP, 640)) {
            load(target(echo), "--source-ports=" + first + "+4", "--loops=2");
            assertThat(seen.keySet()).containsExactly(pairs(first, 4, "127.0.0.1"));
            assertThat(seen.values()).allMatch(connections -> connections > 1);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "UDP, NIO",
        "UDP, EPOLL",
        "UDP, IO_URING",
        "TCP, NIO",
        "TCP, EPOLL",
        "TCP, IO_URING"
    })
    void namesAPortThatIsInUse(Protocol protocol, Transport transport) throws Exception {
        require(transport);
        int first = FreePorts.first(2);
        String[] flags = {"--source-ports=" + first + "+2", "--transport=" + transport};
        try (Closeable echo = echo(protocol, Integer.MAX_VALUE);
                DatagramSocket datagrams = new DatagramSocket(first + 1);
                ServerSocket listener = new ServerSocket(first + 1)) {
            assertThat(datagrams.getLocalPort()).isEqualTo(listener.getLocalPort());
            assertThat(load(target(echo), flags)).as(err.toString()).isEqualTo(1);
            assertThat(err.toString(StandardCharsets.UTF_8))
                    .isEqualTo(
                            "echo-bench: cannot connect to "
                                    + target(echo)
                                    + " from port "
                                    + (first + 1)
                                    + ": port "
                                    + (first + 1)
                                    + " is in use: end what has it, or give another\n");
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void namesAPortThatHasAConnectionThereAlready(Transport transport) throws Exception {
        require(transport);
        int first = FreePorts.first(1);
        try (Closeable echo = echo(Protocol.TCP, Integer.MAX_VALUE);
                Socket other = new Socket()) {
            other.setReuseAddress(true);
            other.bind(new InetSocketAddress("127.0.0.1", first));
            other.connect(((ServerSocket) echo).getLocalSocketAddress());
            String ports = "--source-ports=" + first + "+1";
            String[] flags = {ports, "--transport=" + transport};
            assertThat(load(target(echo), flags)).as(err.toString()).isEqualTo(1);
            assertThat(err.toString(StandardCharsets.UTF_8))
                    .containsOnlyOnce("\n")
                    .contains("port " + first + " has a connection to it already: give another");
        }
    }

    @Test
    void replacesNoConnectionOfAFixedPort() {
        assertThat(load("udp://127.0.0.1", "--source-ports=40000+4", "--connection-lifetime=1s"))
                .isEqualTo(2);
        assertThat(err.toString(StandardCharsets.UTF_8))
                .startsWith("echo-bench: give --source-ports or --connection-lifetime, not both: ");
    }
}
