package io.echo.server.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.echo.net.Transport;
import io.echo.server.EchoServer;
import io.echo.server.Http;
import io.echo.server.Metric;
import io.echo.server.config.TlsPort;
import io.echo.testing.Certificates;
import io.echo.testing.TestCa;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Files as they are read, and read again. */
@Timeout(60)
class TlsContextTest {
    @TempDir private Path folder;

    private Certificates certificates;
    private Certificates.Pair used;
    private Certificates.Pair first;
    private Certificates.Pair second;

    @BeforeEach
    void certify() throws IOException {
        certificates = new Certificates(folder);
        first = certificates.selfSigned(Certificates.LOCAL);
        second =
                certificates.selfSigned(
                        Certificates.LOCAL, "ec", "-pkeyopt", "ec_paramgen_curve:P-256");
        used = new Certificates.Pair(folder.resolve("tls.crt"), folder.resolve("tls.key"));
        copy(first.certificate(), used.certificate());
        copy(first.key(), used.key());
    }

    private static void copy(Path from, Path to) throws IOException {
        Files.copy(from, to, StandardCopyOption.REPLACE_EXISTING);
    }

    private TlsPort port() {
        return new TlsPort(0, used.certificate(), used.key(), Optional.empty());
    }

    @Test
    void followsItsFilesAndKeepsWhatItHasWhileTheyDoNotMatch() throws IOException {
        TlsContext context = TlsContext.of(port());
        Object before = context.current();
        context.follow();
        assertThat(context.current()).isSameAs(before);
        copy(second.certificate(), used.certificate());
        context.follow();
        assertThat(context.current()).as("certificate without its key").isSameAs(before);
        Files.delete(used.key());
        context.follow();
        assertThat(context.current()).as("no key").isSameAs(before);
        copy(second.key(), used.key());
        context.follow();
        assertThat(context.current()).isNotSameAs(before);
        Object after = context.current();
        context.follow();
        assertThat(context.current()).isSameAs(after);
        Files.writeString(used.certificate(), "gone");
        context.follow();
        copy(second.certificate(), used.certificate());
        context.follow();
        assertThat(Duration.between(Instant.now(), context.expiry()).toDays()).isBetween(28L, 30L);
    }

    /** Connections that are open stay; the next is offered the new one. */
    @Test
    void offersNewFilesToNewConnections() throws Exception {
        try (EchoServer server = EchoServer.start(TlsPeer.config(Transport.NIO, used));
                SSLSocket old = TlsPeer.connect(server, first.certificate())) {
            assertThatThrownBy(() -> TlsPeer.connect(server, second.certificate()))
                    .isInstanceOf(SSLHandshakeException.class);
            copy(second.key(), used.key());
            copy(second.certificate(), used.certificate());
            awaitOffer(server, second.certificate());
            old.getOutputStream().write(7);
            assertThat(old.getInputStream().read()).isEqualTo(7);
        }
    }

    private static void awaitOffer(EchoServer server, Path trusted) throws IOException {
        long startNs = System.nanoTime();
        while (true) {
            try (SSLSocket peer = TlsPeer.connect(server, trusted)) {
                peer.getOutputStream().write(1);
                assertThat(peer.getInputStream().read()).isEqualTo(1);
                return;
            } catch (SSLHandshakeException e) {
                assertThat(System.nanoTime() - startNs).isLessThan(20_000_000_000L);
            }
        }
    }

    @Test
    void tellsWhenTheFirstOfTheChainExpires() throws Exception {
        TestCa ca = TestCa.in(folder.resolve("ca"), "issuer").issue("near", Certificates.LOCAL);
        Certificates.Pair near = ca.pair("near");
        copy(near.key(), used.key());
        Files.writeString(
                used.certificate(),
                Files.readString(near.certificate()) + Files.readString(ca.file("ca.pem")));
        try (EchoServer server = EchoServer.start(TlsPeer.config(Transport.NIO, used));
                SSLSocket peer = TlsPeer.connect(server, ca.file("ca.pem"))) {
            assertThat(peer.getSession().getPeerCertificates()).hasSize(2);
            String metrics = Http.get(server, "/metrics").body();
            assertThat(Metric.value(metrics, "echo_tls_certificate_expiry_seconds"))
                    .isBetween(86_000.0, 86_400.0);
        }
    }

    /** It starts, for a clock may be wrong; whoever looks at it is told. */
    @Test
    void startsWithOneThatHasExpired() throws Exception {
        Instant then = Instant.parse("2001-01-01T00:00:00Z");
        Certificates.Pair old =
                TestCa.in(folder.resolve("ca"), "issuer")
                        .issue("old", Certificates.LOCAL, then, then.plusSeconds(86_400))
                        .pair("old");
        TlsPort port = new TlsPort(0, old.certificate(), old.key(), Optional.empty());
        assertThat(TlsContext.of(port).expiry()).isBefore(Instant.now());
    }

    /** Whoever reads a pipe waits for who writes it: at the start, or at the next look. */
    @Test
    void refusesAPipe() throws Exception {
        Path pipe = folder.resolve("pipe");
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
        TlsPort port = new TlsPort(0, pipe, first.key(), Optional.empty());
        assertThatThrownBy(() -> TlsContext.of(port))
                .hasMessage("--tls-cert must be a regular file, got " + pipe + ": another kind");
        TlsContext context = TlsContext.of(port());
        Object before = context.current();
        Files.delete(used.certificate());
        Files.move(pipe, used.certificate());
        context.follow();
        assertThat(context.current()).isSameAs(before);
        copy(second.certificate(), used.certificate());
        copy(second.key(), used.key());
        context.follow();
        assertThat(context.current()).isNotSameAs(before);
    }

    @Test
    void namesTheFlagOfAFileThatCannotBeUsed() {
        TlsPort mixed = new TlsPort(0, first.certificate(), second.key(), Optional.empty());
        assertThatThrownBy(() -> TlsContext.of(mixed))
                .isInstanceOf(IOException.class)
                .hasMessage(
                        "--tls-key must be the key of the certificate, got "
                                + second.key()
                                + ", the key of another");
        TlsPort noCa = new TlsPort(0, first.certificate(), first.key(), Optional.of(first.key()));
        assertThatThrownBy(() -> TlsContext.of(noCa))
                .hasMessage(
                        "--tls-client-ca must be a PEM file with a certificate, got "
                                + first.key()
                                + ": it has none");
        TlsPort swapped = new TlsPort(0, first.key(), first.certificate(), Optional.empty());
        assertThatThrownBy(() -> TlsContext.of(swapped)).hasMessageStartingWith("--tls-cert must");
    }
}
