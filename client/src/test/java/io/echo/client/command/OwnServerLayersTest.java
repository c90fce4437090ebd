package io.echo.client.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.echo.client.Transports;
import io.echo.net.Protocol;
import io.echo.net.Target;
import io.echo.net.Transport;
import io.echo.server.EchoServer;
import io.echo.server.config.Cidr;
import io.echo.server.config.ServerConfig;
import io.echo.server.config.TlsPort;
import io.echo.testing.TestCa;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** TLS and PROXY headers between this client and the project's own server, on every transport. */
@Timeout(120)
class OwnServerLayersTest {
    @TempDir private static Path directory;
    private static TestCa ca;

    @BeforeAll
    static void issue() throws Exception {
        ca = TestCa.in(directory, "Test CA").issue("good", "DNS:localhost,IP:127.0.0.1");
        ca.issue("client", "DNS:client");
    }

    private static EchoServer server(Transport transport, boolean mutual, boolean proxied)
            throws Exception {
        ServerConfig config = ServerConfig.DEFAULT;
        ServerConfig.Listen listen =
                config.listen()
                        .withHosts("127.0.0.1")
                        .withPort(0)
                        .withTransport(transport)
                        .withLoops(1);
        return EchoServer.start(
                config.withListen(listen)
                        .withAdmin(Optional.empty())
                        .withAccess(
                                config.access()
                                        .withProxies(
                                                proxied
                                                        ? List.of(
                                                                Cidr.parse(
                                                                        "--proxy-from",
                                                                        "127.0.0.0/8"))
                                                        : List.of()))
                        .withTls(
                                Optional.of(
                                        new TlsPort(
                                                0,
                                                ca.file("good.pem"),
                                                ca.file("good.key"),
                                                mutual
                                                        ? Optional.of(ca.file("ca.pem"))
                                                        : Optional.empty()))));
    }

    private static String target(String scheme, List<InetSocketAddress> addresses) {
        boolean udp = scheme.equals("udp");
        return new Target(
                        udp ? Protocol.UDP : Protocol.TCP,
                        "127.0.0.1",
                        addresses.get(0).getPort(),
                        scheme.equals("tls"))
                .toString();
    }

    private static Run run(byte[] input, Transport transport, String... words) {
        return Run.patiently(
                input,
                Stream.concat(Arrays.stream(words), Stream.of("--transport", transport.toString()))
                        .toArray(String[]::new));
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void speaksTls(Transport transport) throws Exception {
        Transports.options(transport);
        byte[] bytes = new byte[3_000_001];
        new Random(3).nextBytes(bytes);
        try (EchoServer server = server(transport, false, false)) {
            String target = target("tls", server.addresses().tls());
            String[] trusting = {target, "--cacert", ca.file("ca.pem").toString()};
            Run pipe = run(bytes, transport, trusting);
            assertThat(pipe.err()).isEmpty();
            assertThat(pipe.exit()).isZero();
            assertThat(pipe.bytes()).isEqualTo(bytes);
            Run ping =
                    run(
                            new byte[0],
                            transport,
                            Stream.concat(
                                            Stream.of("ping"),
                                            Stream.concat(
                                                    Arrays.stream(trusting),
                                                    Stream.of("-c", "5", "-i", "0.01")))
                                    .toArray(String[]::new));
            assertThat(ping.complaints()).isEmpty();
            assertThat(ping.out()).contains("5 sent, 5 received, 0 lost");
            // The port without TLS, asked for it.
            String plain = target("tcp", server.addresses().tcp()).replace("tcp:", "tls:");
            assertThat(run(new byte[0], transport, "send", plain, "hello").err())
                    .contains("the server does not speak TLS, it sends back what it is sent");
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void showsItsCertificate(Transport transport) throws Exception {
        Transports.options(transport);
        try (EchoServer server = server(transport, true, false)) {
            String target = target("tls", server.addresses().tls());
            String trusted = ca.file("ca.pem").toString();
            Run without = run(new byte[0], transport, "send", target, "x", "--cacert", trusted);
            assertThat(without.exit()).isEqualTo(1);
            assertThat(without.err()).contains("the server wants a client certificate");
            Run with =
                    run(
                            new byte[0],
                            transport,
                            "send",
                            target,
                            "hello",
                            "--cacert",
                            trusted,
                            "--cert",
                            ca.file("client.pem").toString(),
                            "--key",
                            ca.file("client.key").toString());
            assertThat(with).returns("", Run::err).returns("hello\n", Run::out);
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void namesAnotherClient(Transport transport) throws Exception {
        Transports.options(transport);
        byte[] lines = "one\ntwo\n".getBytes(StandardCharsets.UTF_8);
        try (EchoServer server = server(transport, false, true)) {
            for (String version : List.of("v1", "v2")) {
                String[] header = {"--proxy-header", version};
                String[] named = {"--proxy-source", "203.0.113.7:40000"};
                for (String[] flags :
                        List.of(
                                header,
                                Stream.concat(Arrays.stream(header), Arrays.stream(named))
                                        .toArray(String[]::new))) {
                    String tcp = target("tcp", server.addresses().tcp());
                    assertEchoes(run(lines, transport, with(flags, tcp)));
                    if (version.equals("v2")) {
                        String udp = target("udp", server.addresses().udp());
                        assertEchoes(run(lines, transport, with(flags, udp)));
                    }
                }
            }
        }
    }

    private static String[] with(String[] flags, String... words) {
        return Stream.concat(Arrays.stream(words), Arrays.stream(flags)).toArray(String[]::new);
    }

    private static void assertEchoes(Run run) {
        assertThat(run.err()).isEmpty();
        assertThat(run.out()).isEqualTo("one\ntwo\n");
    }
}
