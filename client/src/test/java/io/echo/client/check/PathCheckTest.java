package io.echo.client.check;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.echo.client.TcpPeer;
import io.echo.client.Transports;
import io.echo.client.UdpPeer;
import io.echo.net.Protocol;
import io.echo.net.Target;
import io.echo.net.Transport;
import io.echo.testing.FreePorts;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(60)
class PathCheckTest {
    private static final Duration PATIENT = Duration.ofSeconds(20);
    private static final Duration BRIEF = Duration.ofMillis(300);
    private static final byte[] BANNER = "SSH-2.0-Peer\r\nmore".getBytes(US_ASCII);

    @ParameterizedTest
    @EnumSource(Transport.class)
    void whatEchoesIsOpenWithItsTimes(Transport transport) throws Exception {
        try (UdpPeer udp = UdpPeer.echo();
                TcpPeer tcp = TcpPeer.echo()) {
            PathResult datagram = udp4(udp, PATIENT, transport);
            assertThat(datagram.state()).as(datagram.reason()).isEqualTo(PathState.ECHOING);
            assertThat(datagram.timeNs().orElseThrow()).isPositive();
            assertThat(datagram.connectNs()).isEmpty();
            assertThat(datagram.ports().orElseThrow())
                    .matches(PortAnswers::allEcho)
                    .matches(ports -> ports.asked() == 8)
                    .matches(
                            ports ->
                                    ports.slowestNs().orElseThrow()
                                            >= datagram.timeNs().orElseThrow());
            PathResult stream = tcp4(tcp, PATIENT, transport);
            assertThat(stream.state()).as(stream.reason()).isEqualTo(PathState.ECHOING);
            assertThat(stream.timeNs().orElseThrow()).isPositive();
            assertThat(stream.connectNs().orElseThrow()).isPositive();
            assertThat(List.of(datagram.reason(), stream.reason())).containsOnly("");
            assertThat(stream.address())
                    .contains(new InetSocketAddress("127.0.0.1", tcp.target().port()));
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void portOfNobodyIsRefused(Transport transport) throws Exception {
        Transports.options(transport);
        try (PathCheck check = PathCheck.start(nobody(), PATIENT, transport)) {
            assertThat(check.result(ServicePath.UDP4).join())
                    .matches(result -> result.state() == PathState.REFUSED)
                    .matches(result -> result.timeNs().isPresent())
                    .matches(result -> result.reason().startsWith("ICMP port unreachable, nobody"));
            assertThat(check.result(ServicePath.TCP4).join())
                    .matches(result -> result.state() == PathState.REFUSED)
                    .matches(result -> result.connectNs().isEmpty())
                    .matches(result -> result.traceroute().isEmpty(), "none on loopback");
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void connectedButSilentOrClosedIsNotEchoing(Transport transport) throws Exception {
        try (TcpPeer mute = TcpPeer.mute();
                TcpPeer closing = TcpPeer.start(PathCheckTest::readLine)) {
            PathResult silent = tcp4(mute, BRIEF, transport);
            assertThat(silent.state()).isEqualTo(PathState.NOT_ECHOING);
            assertThat(silent.reason()).isEqualTo("silent until 300ms had passed");
            assertThat(silent.timeNs()).isEmpty();
            assertThat(silent.connectNs()).isPresent();
            PathResult closed = tcp4(closing, PATIENT, transport);
            assertThat(closed.state()).isEqualTo(PathState.NOT_ECHOING);
            assertThat(closed.reason()).isEqualTo("closed by the peer");
            assertThat(closed.timeNs()).isPresent();
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void connectionThatIsResetIsNamedSo(Transport transport) throws Exception {
        try (TcpPeer peer =
                TcpPeer.start(
                        socket -> {
                            readLine(socket);
                            socket.setSoLinger(true, 0);
                        })) {
            PathResult result = tcp4(peer, PATIENT, transport);
            assertThat(result.state()).as(result.reason()).isEqualTo(PathState.RESET);
            assertThat(result.connectNs()).isPresent();
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void otherAnswersOverTcpAreToldApart(Transport transport) throws Exception {
        try (TcpPeer other = TcpPeer.start(socket -> answer(socket, BANNER));
                TcpPeer shorter = TcpPeer.echoFirst(5);
                TcpPeer longer =
                        TcpPeer.start(
                                socket -> {
                                    byte[] line = readLine(socket);
                                    answer(socket, Arrays.copyOf(line, line.length + 2));
                                })) {
            assertThat(different(tcp4(other, PATIENT, transport)))
                    .isEqualTo("18 other bytes came back: \"SSH-2.0-Peer\"");
            assertThat(different(tcp4(shorter, PATIENT, transport)))
                    .matches("only the first 5 of \\d+ bytes came back, then closed by the peer");
            assertThat(different(tcp4(longer, PATIENT, transport)))
                    .matches("the \\d+ bytes came back and 2 more");
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void otherAnswersOverUdpAreToldApart(Transport transport) throws Exception {
        try (UdpPeer other = UdpPeer.start((datagram, sender) -> sender.send(BANNER));
                UdpPeer shorter =
                        UdpPeer.start((sent, sender) -> sender.send(Arrays.copyOf(sent, 5)));
                UdpPeer empty = UdpPeer.start((sent, sender) -> sender.send(new byte[0]));
                UdpPeer upper =
                        UdpPeer.start(
                                (sent, sender) -> {
                                    sent[sent.length - 1] = '!';
                                    sender.send(sent);
                                })) {
            assertThat(different(udp4(other, PATIENT, transport)))
                    .isEqualTo("18 other bytes came back: \"SSH-2.0-Peer\"");
            assertThat(different(udp4(shorter, PATIENT, transport)))
                    .matches("only the first 5 of \\d+ bytes came back");
            assertThat(different(udp4(empty, PATIENT, transport)))
                    .isEqualTo("an empty datagram came back");
            assertThat(different(udp4(upper, PATIENT, transport)))
                    .matches("(\\d+) bytes came back for \\1, byte \\d+ differs");
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void silenceOverUdpNamesTheDatagramsAndTheTime(Transport transport) throws Exception {
        AtomicInteger received = new AtomicInteger();
        try (UdpPeer peer = UdpPeer.start((datagram, sender) -> received.incrementAndGet())) {
            PathResult result = udp4(peer, BRIEF, transport);
            assertThat(result.state()).isEqualTo(PathState.SILENT);
            assertThat(result.reason())
                    .startsWith(
                            "nothing came back to 24 datagrams from 8 ports within 300ms, a"
                                    + " firewall drops");
            assertThat(result.timeNs()).isEmpty();
            assertThat(received).hasValue(24);
            assertThat(result.ports().orElseThrow().silent()).hasSize(8);
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void oneLostDatagramIsNotSilence(Transport transport) throws Exception {
        AtomicInteger received = new AtomicInteger();
        try (UdpPeer peer =
                UdpPeer.start(
                        (datagram, sender) -> {
                            if (received.incrementAndGet() > 1) {
                                sender.send(datagram);
                            }
                        })) {
            PathResult result = udp4(peer, Duration.ofSeconds(3), transport);
            assertThat(result.state()).isEqualTo(PathState.ECHOING);
            assertThat(result.reason()).isEqualTo("1 datagram was lost");
        }
    }

    /** As behind a router that spreads flows over ways of which some are dead. */
    @ParameterizedTest
    @EnumSource(Transport.class)
    void portsThatAreDeadAreNamedBesideThoseThatEcho(Transport transport) throws Exception {
        Set<Integer> dead = new ConcurrentSkipListSet<>();
        try (UdpPeer peer = UdpPeer.deafTo(dead, 2)) {
            PathResult result = udp4(peer, BRIEF, transport);
            assertThat(result.state()).as(result.reason()).isEqualTo(PathState.ECHOING);
            assertThat(result.echoes()).isFalse();
            assertThat(result.reason())
                    .isEqualTo(
                            "2 of 8 ports silent: %d, %d; their flows are dead: echo-bench load"
                                    + " --source-ports finds how many are",
                            dead.toArray());
            PortAnswers ports = result.ports().orElseThrow();
            assertThat(ports.asked()).isEqualTo(8);
            assertThat(ports.silent()).containsExactlyElementsOf(dead);
            assertThat(ports.failed()).isEmpty();
            assertThat(result.timeNs()).isPresent();
        }
    }

    /** Four of five datagrams are lost on the way, to whichever port. */
    @ParameterizedTest
    @EnumSource(Transport.class)
    void lossByChanceKillsNoPort(Transport transport) throws Exception {
        Map<Integer, Integer> received = new ConcurrentHashMap<>();
        try (UdpPeer peer =
                UdpPeer.start(
                        (datagram, sender) -> {
                            int count = received.merge(sender.port(), 1, Integer::sum);
                            boolean first = received.size() == 1;
                            if (first || count == 5) {
                                sender.send(datagram);
                            }
                        })) {
            PathResult result = udp4(peer, Duration.ofSeconds(1), transport);
            assertThat(result.echoes()).as("%s", result).isTrue();
            assertThat(result.reason()).isEqualTo("28 datagrams were lost");
        }
    }

    /** One member of several behind a balancer is another service. */
    @ParameterizedTest
    @EnumSource(Transport.class)
    void portThatGetsSomethingElseIsNamed(Transport transport) throws Exception {
        Set<Integer> other = new ConcurrentSkipListSet<>();
        try (UdpPeer peer =
                UdpPeer.start(
                        (datagram, sender) -> {
                            if (other.isEmpty()) {
                                other.add(sender.port());
                            }
                            sender.send(other.contains(sender.port()) ? BANNER : datagram);
                        })) {
            PathResult result = udp4(peer, PATIENT, transport);
            assertThat(result.state()).isEqualTo(PathState.ECHOING);
            assertThat(result.reason())
                    .isEqualTo("1 of 8 ports different: " + other.iterator().next());
            assertThat(result.ports().orElseThrow().failed()).containsExactlyElementsOf(other);
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void strayAnswerIsNotTakenForTheResult(Transport transport) throws Exception {
        try (UdpPeer peer =
                UdpPeer.start(
                        (datagram, sender) -> {
                            sender.send("echo-check udp4 1 of an earlier one\n".getBytes(US_ASCII));
                            sender.send(datagram);
                        })) {
            assertThat(udp4(peer, PATIENT, transport).state()).isEqualTo(PathState.ECHOING);
        }
    }

    @Test
    void literalHasNoAddressOfTheOtherFamily() throws Exception {
        try (UdpPeer peer = UdpPeer.echo();
                PathCheck check = PathCheck.start(peer.target(), PATIENT, Transport.NIO)) {
            for (ServicePath path : List.of(ServicePath.UDP6, ServicePath.TCP6)) {
                assertThat(check.result(path).join())
                        .isEqualTo(
                                PathResult.unasked(
                                        path,
                                        PathState.NO_ADDRESS,
                                        "127.0.0.1 is an IPv4 address"));
            }
        }
    }

    @Test
    void nameIsAskedAtEachFamilyThatItHas() throws Exception {
        List<InetAddress> addresses = List.of(InetAddress.getAllByName("localhost"));
        try (PathCheck check =
                PathCheck.start(
                        new Target(Protocol.TCP, "localhost", nobody().port()),
                        PATIENT,
                        Transport.NIO)) {
            for (ServicePath path : ServicePath.values()) {
                boolean has =
                        addresses.stream()
                                .anyMatch(at -> path.ipv4() != at instanceof Inet6Address);
                PathResult result = check.result(path).join();
                assertThat(result.state())
                        .as("%s", result)
                        .isEqualTo(has ? PathState.REFUSED : PathState.NO_ADDRESS);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void allEndWithinOneTimeout(Transport transport) throws Exception {
        Transports.options(transport);
        // The queue of a listener that accepts nothing is full after two: the next SYN is dropped.
        try (ServerSocket full = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                Socket first = new Socket(full.getInetAddress(), full.getLocalPort());
                Socket second = new Socket(full.getInetAddress(), full.getLocalPort());
                UdpPeer silent =
                        UdpPeer.start(
                                new InetSocketAddress(full.getInetAddress(), full.getLocalPort()),
                                (datagram, sender) -> {})) {
            PathCheck check = PathCheck.start(silent.target(), BRIEF, transport);
            long startNs = System.nanoTime();
            try (check) {
                assertThat(check.result(ServicePath.UDP4).join().state())
                        .isEqualTo(PathState.SILENT);
                PathResult tcp = check.result(ServicePath.TCP4).join();
                assertThat(tcp.state()).as(tcp.reason()).isEqualTo(PathState.SILENT);
                assertThat(tcp.reason()).startsWith("no answer to the SYN within 300ms");
            }
            assertThat(System.nanoTime() - startNs).isLessThan(PATIENT.toNanos() / 2);
            assertThat(List.of(first, second)).allMatch(Socket::isConnected);
        }
    }

    private static PathResult udp4(UdpPeer peer, Duration timeout, Transport transport)
            throws IOException, InterruptedException {
        return result(ServicePath.UDP4, peer.target(), timeout, transport);
    }

    private static PathResult tcp4(TcpPeer peer, Duration timeout, Transport transport)
            throws IOException, InterruptedException {
        return result(ServicePath.TCP4, peer.target(), timeout, transport);
    }

    private static PathResult result(
            ServicePath path, Target target, Duration timeout, Transport transport)
            throws IOException, InterruptedException {
        Transports.options(transport);
        try (PathCheck check = PathCheck.start(target, timeout, transport)) {
            CompletableFuture<PathResult> result = check.result(path);
            return result.join();
        }
    }

    private static String different(PathResult result) {
        assertThat(result.state()).as("%s", result).isEqualTo(PathState.DIFFERENT);
        assertThat(result.timeNs()).isNotEqualTo(OptionalLong.empty());
        return result.reason();
    }

    private static byte[] readLine(Socket socket) throws IOException {
        InputStream in = socket.getInputStream();
        StringBuilder line = new StringBuilder();
        for (int b; (b = in.read()) >= 0; ) {
            line.append((char) b);
            if (b == '\n') {
                break;
            }
        }
        return line.toString().getBytes(US_ASCII);
    }

    private static void answer(Socket socket, byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
        socket.shutdownOutput();
        socket.getInputStream().transferTo(OutputStream.nullOutputStream());
    }

    /** Returns a place where nobody listens, over UDP or TCP. */
    private static Target nobody() throws IOException {
        return new Target(Protocol.TCP, "127.0.0.1", FreePorts.ofNobody());
    }
}
