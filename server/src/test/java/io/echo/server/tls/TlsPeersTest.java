package io.echo.server.tls;

import static org.assertj.core.api.Assertions.assertThat;

import io.echo.net.Transport;
import io.echo.server.EchoServer;
import io.echo.server.Peers;
import io.echo.testing.Certificates;
import io.echo.testing.Programs;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The port for TLS, asked by programs that we did not write. */
@Timeout(120)
class TlsPeersTest {
    @TempDir private static Path folder;

    private static Certificates.Pair rsa;
    private static Certificates.Pair ec;

    @BeforeAll
    static void certify() throws IOException {
        Certificates certificates = new Certificates(folder);
        rsa = certificates.selfSigned(Certificates.LOCAL);
        ec =
                certificates.selfSigned(
                        Certificates.LOCAL, "ec", "-pkeyopt", "ec_paramgen_curve:P-256");
    }

    private static Stream<Arguments> transportsAndVersions() {
        return Stream.of(Transport.values())
                .flatMap(on -> Stream.of(Arguments.of(on, "1.3"), Arguments.of(on, "1.2")));
    }

    /** It sends close_notify when its input has ended, and reads on. */
    @ParameterizedTest
    @MethodSource("transportsAndVersions")
    void echoesToSocat(Transport transport, String version) throws IOException {
        byte[] sent = new byte[3_000_000];
        new Random(1).nextBytes(sent);
        try (EchoServer server = EchoServer.start(TlsPeer.config(transport, rsa))) {
            Peers.Result result =
                    Peers.run(
                            sent,
                            "socat",
                            "-t20",
                            "-",
                            "OPENSSL:localhost:"
                                    + TlsPeer.port(server)
                                    + ",pf=ip4,cafile="
                                    + rsa.certificate()
                                    + ",openssl-min-proto-version=TLS"
                                    + version
                                    + ",openssl-max-proto-version=TLS"
                                    + version);
            assertThat(result.exitCode()).as(result.err()).isZero();
            assertThat(result.out()).isEqualTo(sent);
        }
    }

    @ParameterizedTest
    @MethodSource("transportsAndVersions")
    void echoesToNcat(Transport transport, String version) throws IOException {
        byte[] sent = new byte[300_000];
        new Random(2).nextBytes(sent);
        Certificates.Pair pair = version.equals("1.3") ? rsa : ec;
        try (EchoServer server = EchoServer.start(TlsPeer.config(transport, pair))) {
            Peers.Result result =
                    Peers.run(
                            sent,
                            "ncat",
                            "--ssl-verify",
                            "--ssl-trustfile",
                            pair.certificate().toString(),
                            "localhost",
                            "" + TlsPeer.port(server));
            assertThat(result.exitCode()).as(result.err()).isZero();
            assertThat(result.out()).isEqualTo(sent);
        }
    }

    /** Its input stays open until the line has come back; then Q ends it in order. */
    @ParameterizedTest
    @MethodSource("transportsAndVersions")
    void echoesToOpenssl(Transport transport, String version) throws Exception {
        try (EchoServer server = EchoServer.start(TlsPeer.config(transport, ec))) {
            Process client =
                    new ProcessBuilder(
                                    Programs.require("openssl"),
                                    "s_client",
                                    "-connect",
                                    "127.0.0.1:" + TlsPeer.port(server),
                                    "-CAfile",
                                    ec.certificate().toString(),
                                    "-verify_return_error",
                                    "-verify_ip",
                                    "127.0.0.1",
                                    "-tls" + version.replace('.', '_'),
                                    "-brief")
                            .redirectError(ProcessBuilder.Redirect.DISCARD)
                            .start();
            try {
                client.getOutputStream().write("hello\n".getBytes(StandardCharsets.US_ASCII));
                client.getOutputStream().flush();
                assertThat(client.getInputStream().readNBytes(6))
                        .isEqualTo("hello\n".getBytes(StandardCharsets.US_ASCII));
                client.getOutputStream().write("Q\n".getBytes(StandardCharsets.US_ASCII));
                client.getOutputStream().flush();
                assertThat(client.waitFor()).isZero();
            } finally {
                client.destroyForcibly();
            }
        }
    }
}
