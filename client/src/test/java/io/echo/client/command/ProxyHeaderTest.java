package io.echo.client.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.echo.client.TcpPeer;
import io.echo.client.Transports;
import io.echo.client.UdpPeer;
import io.echo.net.Target;
import io.echo.net.Transport;
import io.echo.testing.TestCa;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.haproxy.HAProxyMessage;
import io.netty.handler.codec.haproxy.HAProxyMessageDecoder;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** PROXY headers as they arrive at a server, read by Netty's decoder. */
@Timeout(60)
class ProxyHeaderTest {
    private static final int V1_LONGEST = 107;

    /** A header as text, and the bytes behind it. */
    private record Taken(String header, byte[] rest) {
        static Taken of(byte[] bytes) {
            EmbeddedChannel decoder = new EmbeddedChannel(new HAProxyMessageDecoder());
            decoder.writeInbound(Unpooled.wrappedBuffer(bytes));
            HAProxyMessage message = decoder.readInbound();
            String text =
                    message.protocolVersion()
                            + " "
                            + message.command()
                            + " "
                            + message.proxiedProtocol()
                            + " "
                            + message.sourceAddress()
                            + ":"
                            + message.sourcePort()
                            + " "
                            + message.destinationAddress()
                            + ":"
                            + message.destinationPort();
            message.release();
            ByteArrayOutputStream rest = new ByteArrayOutputStream();
            for (io.netty.buffer.ByteBuf next = decoder.readInbound();
                    next != null;
                    next = decoder.readInbound()) {
                rest.writeBytes(ByteBufUtil.getBytes(next));
                next.release();
            }
            decoder.finishAndReleaseAll();
            return new Taken(text, rest.toByteArray());
        }
    }

    /** Reads a header off a stream, byte by byte, and leaves what follows it. */
    private static byte[] header(InputStream in) throws java.io.IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        while (bytes.size() < V1_LONGEST) {
            bytes.write(in.read());
            byte[] all = bytes.toByteArray();
            boolean v2 = all[0] == '\r';
            if (v2 && all.length == 16) {
                bytes.writeBytes(in.readNBytes((all[14] & 0xff) << 8 | all[15] & 0xff));
                return bytes.toByteArray();
            }
            if (!v2 && all[all.length - 1] == '\n') {
                return all;
            }
        }
        throw new java.io.IOException("no header");
    }

    private static Run run(String... words) {
        return Run.patiently("one\ntwo\n".getBytes(StandardCharsets.UTF_8), words);
    }

    static Stream<Arguments> versionsAndTransports() {
        return Stream.of("v1", "v2")
                .flatMap(
                        version ->
                                Arrays.stream(Transport.values())
                                        .map(transport -> Arguments.of(version, transport)));
    }

    @ParameterizedTest
    @MethodSource("versionsAndTransports")
    void comesFirstOnAConnection(String version, Transport transport) throws Exception {
        Transports.options(transport);
        Queue<String> headers = new ConcurrentLinkedQueue<>();
        Queue<Integer> ports = new ConcurrentLinkedQueue<>();
        try (TcpPeer peer =
                TcpPeer.start(
                        socket -> {
                            ports.add(socket.getPort());
                            headers.add(Taken.of(header(socket.getInputStream())).header());
                            socket.getInputStream().transferTo(socket.getOutputStream());
                        })) {
            String target = peer.target().toString();
            String[] flags = {"--proxy-header", version, "--transport", transport.toString()};
            String to = " 127.0.0.1:" + peer.target().port();
            String name = version.toUpperCase() + " PROXY TCP4 ";
            for (List<String> command :
                    List.of(
                            List.of(target),
                            List.of("send", target, "hello"),
                            List.of("ping", target, "-c", "2", "-i", "0.01", "-q"))) {
                String[] words =
                        Stream.concat(command.stream(), Arrays.stream(flags))
                                .toArray(String[]::new);
                Run run = run(words);
                assertThat(run.complaints()).isEmpty();
                assertThat(run.exit()).isZero();
                assertThat(headers.remove()).isEqualTo(name + "127.0.0.1:" + ports.remove() + to);
            }
            Run run =
                    run(
                            "send",
                            target,
                            "hello",
                            "--proxy-header",
                            version,
                            "--proxy-source",
                            "203.0.113.7:40000");
            assertThat(run.out()).isEqualTo("hello\n");
            assertThat(headers.remove()).isEqualTo(name + "203.0.113.7:40000" + to);
        }
    }

    @ParameterizedTest
    @CsvSource({"v1", "v2"})
    void comesBeforeTls(String version, @TempDir Path directory) throws Exception {
        TestCa ca = TestCa.in(directory, "Test CA").issue("good", "IP:127.0.0.1");
        Queue<String> headers = new ConcurrentLinkedQueue<>();
        try (TcpPeer peer =
                TcpPeer.start(
                        plain -> {
                            headers.add(Taken.of(header(plain.getInputStream())).header());
                            SSLSocket tls =
                                    (SSLSocket)
                                            context(ca)
                                                    .createSocket(
                                                            plain, "x", plain.getPort(), true);
                            try (tls) {
                                tls.setUseClientMode(false);
                                tls.getInputStream().transferTo(tls.getOutputStream());
                            }
                        })) {
            Target target =
                    new Target(peer.target().protocol(), "127.0.0.1", peer.target().port(), true);
            String trusted = ca.file("ca.pem").toString();
            Run run = run(target.toString(), "--cacert", trusted, "--proxy-header", version);
            assertThat(run.err()).isEmpty();
            assertThat(run.out()).isEqualTo("one\ntwo\n");
            assertThat(headers.remove())
                    .startsWith(version.toUpperCase() + " PROXY TCP4 127.0.0.1:");
        }
    }

    private static javax.net.ssl.SSLSocketFactory context(TestCa ca) {
        try {
            return ca.context("good").getSocketFactory();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @ParameterizedTest
    @CsvSource({"NIO", "EPOLL", "IO_URING"})
    void standsInFrontOfEachDatagram(Transport transport) throws Exception {
        Transports.options(transport);
        Queue<String> headers = new ConcurrentLinkedQueue<>();
        try (UdpPeer peer =
                UdpPeer.start(
                        (datagram, sender) -> {
                            Taken taken = Taken.of(datagram);
                            headers.add(taken.header());
                            sender.send(taken.rest());
                        })) {
            String target = peer.target().toString();
            String[] flags = {"--proxy-header", "v2", "--transport", transport.toString()};
            Run pipe =
                    run(
                            Stream.concat(Stream.of(target), Arrays.stream(flags))
                                    .toArray(String[]::new));
            assertThat(pipe.err()).isEmpty();
            assertThat(pipe.out()).isEqualTo("one\ntwo\n");
            assertThat(headers).hasSize(2);
            assertThat(headers)
                    .allMatch(header -> header.startsWith("V2 PROXY UDP4 127.0.0.1:"))
                    .allMatch(header -> header.endsWith(" 127.0.0.1:" + peer.target().port()));
            headers.clear();
            Run ping =
                    run(
                            Stream.concat(
                                            Stream.of(
                                                    "ping",
                                                    target,
                                                    "-c",
                                                    "3",
                                                    "-i",
                                                    "0.01",
                                                    "--proxy-source",
                                                    "203.0.113.7:40000"),
                                            Arrays.stream(flags))
                                    .toArray(String[]::new));
            assertThat(ping.complaints()).isEmpty();
            assertThat(ping.out()).contains("bytes=64", "3 sent, 3 received, 0 lost");
            assertThat(headers)
                    .hasSize(3)
                    .allMatch(header -> header.startsWith("V2 PROXY UDP4 203.0.113.7:40000 "));
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "localhost --proxy-header v3 | --proxy-header must be v1 or v2, got v3",
                "udp://localhost --proxy-header v1 | --proxy-header must be v2 over UDP, for v1",
                "localhost --proxy-source 1.2.3.4:5 | --proxy-source goes with --proxy-header, got",
                "localhost --proxy-header v2 --proxy-source 1.2.3.4 | --proxy-source must be as 20",
                "localhost --proxy-header v2 --proxy-source 1.2.3:5 | --proxy-source must be as 20",
                "localhost --proxy-header v2 --proxy-source ::1:5 | --proxy-source must be as 203.",
                "localhost --proxy-header v2 --proxy-source a.b:5 | --proxy-source must be as 203.",
                "localhost --proxy-header v2 --proxy-source 1.2.3.4:65536 | --proxy-source must be",
                "127.0.0.1 --proxy-header v2 --proxy-source [::1]:5 | --proxy-source must be of th",
                "[::1] --proxy-header v2 --proxy-source 1.2.3.4:5 | --proxy-source must be of the "
            })
    void refusesWhatCannotBe(String line, String message) {
        Run run = Run.with(new byte[0], line.split(" "));
        assertThat(run.err()).startsWith("echo-client: " + message).hasLineCount(1);
        assertThat(run.exit()).isEqualTo(2);
    }

    /** A name may have addresses of both families; those of the other are passed over. */
    @Test
    void passesOverAddressesOfTheOtherFamily() throws Exception {
        try (TcpPeer peer = TcpPeer.echo()) {
            String target = "localhost:" + peer.target().port();
            Run run =
                    run(
                            "send",
                            target,
                            "hello",
                            "--proxy-header",
                            "v2",
                            "--proxy-source",
                            "[2001:db8::7]:1");
            assertThat(run.exit()).isEqualTo(1);
            assertThat(run.err())
                    .contains("--proxy-source must be of the family of the target, 127.0.0.1:");
        }
    }
}
