package io.echo.server.tls;

import io.echo.net.Transport;
import io.echo.pem.PemCertificates;
import io.echo.pem.PemFile;
import io.echo.pem.PemKey;
import io.echo.server.EchoServer;
import io.echo.server.TestServers;
import io.echo.server.config.ServerConfig;
import io.echo.server.config.TlsPort;
import io.echo.testing.Certificates;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Optional;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

/** Servers with a port for TLS, and clients of it on the JDK's sockets. */
final class TlsPeer {
    static final String TLS_13 = "TLSv1.3";
    static final String TLS_12 = "TLSv1.2";

    private static final int TIMEOUT_MILLIS = 20_000;

    private TlsPeer() {}

    static ServerConfig config(Transport transport, Certificates.Pair pair) {
        return config(transport, pair, Optional.empty());
    }

    static ServerConfig config(
            Transport transport, Certificates.Pair pair, Optional<Path> clientCa) {
        return TestServers.config(transport)
                .withTls(Optional.of(new TlsPort(0, pair.certificate(), pair.key(), clientCa)));
    }

    static int port(EchoServer server) {
        return server.addresses().tls().get(0).getPort();
    }

    /** Connects and shakes hands; trusts what is in this file alone. */
    static SSLSocket connect(EchoServer server, Path trusted, String... versions)
            throws IOException {
        return connect(server, context(trusted, Optional.empty()), versions);
    }

    static SSLSocket connect(EchoServer server, SSLContext context, String... versions)
            throws IOException {
        SSLSocket peer =
                (SSLSocket)
                        context.getSocketFactory()
                                .createSocket(TestServers.loopback(), port(server));
        peer.setSoTimeout(TIMEOUT_MILLIS);
        if (versions.length > 0) {
            peer.setEnabledProtocols(versions);
        }
        peer.startHandshake();
        return peer;
    }

    /** Connects without TLS. */
    static Socket plain(EchoServer server) throws IOException {
        Socket peer = new Socket(TestServers.loopback(), port(server));
        peer.setSoTimeout(TIMEOUT_MILLIS);
        return peer;
    }

    /**
     * Returns a context that trusts what is in a file, and has a certificate of its own or none.
     */
    static SSLContext context(Path trusted, Optional<Certificates.Pair> own) {
        try {
            KeyStore trust = KeyStore.getInstance("PKCS12");
            trust.load(null, null);
            try (InputStream in = Files.newInputStream(trusted)) {
                trust.setCertificateEntry(
                        "ca", CertificateFactory.getInstance("X.509").generateCertificate(in));
            }
            TrustManagerFactory trusts = TrustManagerFactory.getInstance("PKIX");
            trusts.init(trust);
            KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
            keys.init(own.isPresent() ? keyStore(own.get()) : null, new char[0]);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keys.getKeyManagers(), trusts.getTrustManagers(), null);
            return context;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static KeyStore keyStore(Certificates.Pair pair)
            throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setKeyEntry(
                "own",
                PemKey.of(PemFile.read("key", pair.key())),
                new char[0],
                PemCertificates.of(PemFile.read("cert", pair.certificate()))
                        .toArray(X509Certificate[]::new));
        return store;
    }
}
