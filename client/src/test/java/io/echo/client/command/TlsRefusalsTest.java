package io.echo.client.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.echo.client.TcpPeer;
import io.echo.client.TlsPeer;
import io.echo.net.Target;
import io.echo.testing.TestCa;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SNIServerName;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Handshakes that fail, each with its reason in plain words, and flags that do not go together. */
@Timeout(60)
class TlsRefusalsTest {
    private static final String BOTH = "DNS:localhost,IP:127.0.0.1,IP:::1";

    @TempDir private static Path directory;
    private static TestCa ca;
    private static TestCa other;

    @BeforeAll
    static void issue() throws Exception {
        ca = TestCa.in(directory.resolve("ca"), "Test CA");
        other = TestCa.in(directory.resolve("other"), "Other CA").issue("stranger", BOTH);
        ca.issue("good", BOTH).issue("client", "DNS:client").issue("wrong", "DNS:other.example");
        ca.issue("expired", BOTH, time("2001-01-01"), time("2001-02-01"));
        ca.issue("early", BOTH, time("2040-01-01"), time("2040-02-01"));
    }

    private static Instant time(String day) {
        return Instant.parse(day + "T00:00:00Z");
    }

    private static String file(String name) {
        return ca.file(name).toString();
    }

    private static Run send(Target target, String... flags) {
        return Run.with(
                new byte[0],
                Stream.concat(Stream.of("send", target.toString(), "hello"), Arrays.stream(flags))
                        .toArray(String[]::new));
    }

    private static void assertFails(Run run, Target target, String why) {
        assertThat(run.err()).isEqualTo("echo-client: " + target + ": " + why + "\n");
        assertThat(run.out()).isEmpty();
        assertThat(run.exit()).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "expired | the server's certificate expired on 2001-02-01T00:00:00Z",
                "early | the server's certificate is not valid before 2040-01-01T00:00:00Z",
                "wrong | the server's certificate is for other.example, not for 127.0.0.1"
            })
    void namesWhatIsWrongWithACertificate(String name, String why) throws Exception {
        for (String version : List.of("TLSv1.3", "TLSv1.2")) {
            try (TlsPeer peer = TlsPeer.echo(ca.context(name), version)) {
                assertFails(send(peer.target(), "--cacert", file("ca.pem")), peer.target(), why);
            }
        }
    }

    @Test
    void namesTheIssuerThatIsNotKnown() throws Exception {
        try (TlsPeer peer = TlsPeer.echo(other.context("stranger"), "TLSv1.3")) {
            String unknown = "the server's certificate is of an unknown issuer, CN=Other CA";
            assertFails(send(peer.target()), peer.target(), unknown + ": name it with --cacert");
            assertFails(
                    send(peer.target(), "--cacert", file("ca.pem")),
                    peer.target(),
                    unknown + ", which --cacert does not hold");
        }
    }

    @Test
    void checksNothingWhenToldSoAndSaysIt() throws Exception {
        for (String name : List.of("expired", "early", "wrong", "good")) {
            try (TlsPeer peer = TlsPeer.echo(ca.context(name), "TLSv1.3")) {
                assertThat(send(peer.target(), "--insecure"))
                        .returns(
                                "echo-client: warning: the server's certificate is not checked"
                                        + " (--insecure)\n",
                                Run::err)
                        .returns("hello\n", Run::out)
                        .returns(0, Run::exit);
            }
        }
    }

    /** A name is asked for, an address is checked and not asked for. */
    @Test
    void asksForTheNameThatItChecks() throws Exception {
        CompletableFuture<List<SNIServerName>> asked = new CompletableFuture<>();
        CompletableFuture<List<SNIServerName>> askedByAddress = new CompletableFuture<>();
        try (TlsPeer peer =
                TlsPeer.start(
                        ca.context("wrong"),
                        "TLSv1.3",
                        (tls, plain) -> {
                            tls.startHandshake();
                            List<SNIServerName> names =
                                    ((ExtendedSSLSession) tls.getSession())
                                            .getRequestedServerNames();
                            (asked.isDone() ? askedByAddress : asked).complete(names);
                            tls.getInputStream().transferTo(tls.getOutputStream());
                        })) {
            Run run =
                    send(
                            peer.target(),
                            "--cacert",
                            file("ca.pem"),
                            "--servername",
                            "Other.example.");
            assertThat(run).returns("", Run::err).returns("hello\n", Run::out);
            assertThat(asked.get()).hasSize(1);
            assertThat(new String(asked.get().get(0).getEncoded(), StandardCharsets.UTF_8))
                    .isEqualToIgnoringCase("other.example");
            assertThat(send(peer.target(), "--insecure").out()).isEqualTo("hello\n");
            assertThat(askedByAddress.get()).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
    void saysThatTheServerWantsACertificate(String version) throws Exception {
        try (TlsPeer peer =
                TlsPeer.start(
                        ca.context("good"),
                        version,
                        (tls, plain) -> {
                            tls.setNeedClientAuth(true);
                            tls.getInputStream().transferTo(tls.getOutputStream());
                        })) {
            Run without = send(peer.target(), "--cacert", file("ca.pem"));
            assertThat(without.err())
                    .startsWith(
                            "echo-client: "
                                    + peer.target()
                                    + ": the server wants a client certificate: give --cert and"
                                    + " --key (alert ");
            assertThat(without.exit()).isEqualTo(1);
            String[] stranger = {
                "--cacert", file("ca.pem"),
                "--cert", other.file("stranger.pem").toString(),
                "--key", other.file("stranger.key").toString()
            };
            assertThat(send(peer.target(), stranger).err())
                    .startsWith("echo-client: " + peer.target() + ": the server refuses --cert");
            String[] known = {
                "--cacert", file("ca.pem"),
                "--cert", file("client.pem"),
                "--key", file("client.key")
            };
            assertThat(send(peer.target(), known))
                    .returns("", Run::err)
                    .returns("hello\n", Run::out);
        }
    }

    /** The same key in the forms in which openssl writes it. */
    @Test
    void readsKeysAsOpensslWritesThem() throws Exception {
        ca.openssl("rsa -in %s/client.key -traditional -out %s/pkcs1.key");
        ca.openssl("ecparam -name secp384r1 -genkey -out %s/sec1.key");
        ca.openssl("req -new -x509 -key %s/sec1.key -out %s/ec.pem -subj", "/CN=ec");
        ca.openssl("pkcs8 -topk8 -nocrypt -in %s/sec1.key -out %s/ec8.key");
        try (TlsPeer peer = TlsPeer.echo(ca.context("good"), "TLSv1.3")) {
            for (String pair : List.of("client pkcs1", "ec sec1", "ec ec8")) {
                String[] names = pair.split(" ");
                String[] flags = {
                    "--cacert", file("ca.pem"),
                    "--cert", file(names[0] + ".pem"),
                    "--key", file(names[1] + ".key")
                };
                assertThat(send(peer.target(), flags)).as(pair).returns("", Run::err);
            }
        }
    }

    @Test
    void namesAServerThatDoesNotSpeakTls() throws Exception {
        try (TcpPeer echo = TcpPeer.echo();
                TcpPeer banner =
                        TcpPeer.start(
                                socket -> {
                                    socket.getOutputStream().write("SSH-2.0-x\r\n".getBytes());
                                    socket.getInputStream()
                                            .transferTo(OutputStream.nullOutputStream());
                                });
                TcpPeer mute = TcpPeer.mute();
                TcpPeer closing = TcpPeer.start(socket -> socket.getInputStream().read())) {
            Target target = tls(echo);
            assertFails(
                    send(target),
                    target,
                    "the server does not speak TLS, it sends back what it is sent");
            target = tls(banner);
            assertFails(send(target), target, "the server does not speak TLS");
            target = tls(mute);
            assertFails(
                    send(target, "--timeout", "300ms"), target, "no TLS handshake within 300ms");
            target = tls(closing);
            assertThat(send(target))
                    .returns(1, Run::exit)
                    .matches(
                            run ->
                                    run.err().contains("during the TLS handshake")
                                            || run.err().contains("connection reset by the peer"));
        }
    }

    private static Target tls(TcpPeer peer) {
        return new Target(peer.target().protocol(), "127.0.0.1", peer.target().port(), true);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "tcp://localhost --cacert x | --cacert goes with a tls:// target, got tcp://local",
                "udp://localhost --insecure | --insecure goes with a tls:// target, got udp://loc",
                "localhost --servername x | --servername goes with a tls:// target, got tcp://loc",
                "tls://localhost:1 --cert x | give --cert and --key, or neither, got --cert alone",
                "tls://localhost:1 --key x | give --cert and --key, or neither, got --key alone",
                "tls://localhost:1 --servername a_b! | --servername must be a host name or an add",
                "tls://localhost | tls:// must name its port, as in tls://localhost:2107, got tls"
            })
    void refusesFlagsThatDoNotGoTogether(String line, String message) {
        Run run = Run.with(new byte[0], line.split(" "));
        assertThat(run.err()).startsWith("echo-client: " + message).hasLineCount(1);
        assertThat(run.exit()).isEqualTo(2);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--cacert none | --cacert must be a file that can be read, got ",
                "--cacert good.key | --cacert must be a PEM file with a certificate, got ",
                "--cacert cut.pem | --cacert must be a PEM file",
                "--cert good.pem --key client.key | --key must be the key of the certificate, got",
                "--cert good.pem --key good.pem | --key must be a PEM file with a private key",
                "--cert good.pem --key locked.key | --key must be a PEM file with a private key, R",
                "--cert good.pem --key cut.key | --key must be a PEM file with a private key"
            })
    void refusesFilesThatCannotBeUsed(String flags, String message) throws Exception {
        String whole = Files.readString(ca.file("good.pem"));
        Files.writeString(ca.file("cut.pem"), whole.replaceAll("\n.{10}", "\n"));
        String key = Files.readString(ca.file("good.key"));
        Files.writeString(ca.file("cut.key"), key.replaceFirst("\n.{64}\n.{64}\n", "\n"));
        ca.openssl("pkcs8 -topk8 -in %s/good.key -passout pass:secret -out %s/locked.key");
        String[] words = ("tls://localhost:1 " + flags).split(" ");
        for (int i = 2; i < words.length; i += 2) {
            words[i] = file(words[i]);
        }
        Run run = Run.with(new byte[0], words);
        assertThat(run.err()).startsWith("echo-client: " + message).hasLineCount(1);
        assertThat(run.exit()).isEqualTo(1);
    }
}
