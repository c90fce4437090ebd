package io.echo.server.tls;

import io.echo.pem.PemCertificates;
import io.echo.pem.PemFile;
import io.echo.pem.PemKey;
import io.echo.server.config.TlsPort;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The certificate and key that new connections are offered. Follows the files: connections that are
 * open keep what they were offered.
 *
 * <p>{@link #follow} is called by one thread; everything else by any.
 */
public final class TlsContext {
    private static final Logger LOG = LoggerFactory.getLogger(TlsContext.class);

    /** Time before the expiry from which it is warned of, once a day. */
    private static final Duration NEAR = Duration.ofDays(14);

    /** The content of the files. */
    private record Content(PemFile certificate, PemFile key, Optional<PemFile> clientCa) {
        static Content read(TlsPort port) throws IOException {
            return new Content(
                    read("--tls-cert", port.certificate()),
                    read("--tls-key", port.key()),
                    port.clientCa().isPresent()
                            ? Optional.of(read("--tls-client-ca", port.clientCa().get()))
                            : Optional.empty());
        }

        /** Reads a file that can be read again; a pipe would keep the reader, now or then. */
        private static PemFile read(String flag, Path path) throws IOException {
            if (Files.exists(path) && !Files.isRegularFile(path)) {
                throw new IOException(
                        flag + " must be a regular file, got " + path + ": another kind");
            }
            return PemFile.read(flag, path);
        }

        boolean sameAs(Content other) {
            return certificate.sameAs(other.certificate)
                    && key.sameAs(other.key)
                    && (clientCa.isEmpty() || clientCa.get().sameAs(other.clientCa.get()));
        }
    }

    /** The files, and what is made of them. */
    private record Loaded(Content files, SslContext context, Instant expiry) {}

    private final TlsPort port;
    private volatile Loaded loaded;

    /** The files as they were looked at last, good or not. */
    private Content seen;

    /** The last problem, so that it is logged once. */
    private String problem = "";

    /** The day of the last warning of the expiry. */
    private Instant warned = Instant.EPOCH;

    private TlsContext(TlsPort port, Loaded loaded) {
        this.port = port;
        this.loaded = loaded;
        this.seen = loaded.files();
    }

    /**
     * Reads the files.
     *
     * @throws IOException with one line that names the flag and the file, when one cannot be read
     *     or used, or the key is not the certificate's
     */
    public static TlsContext of(TlsPort port) throws IOException {
        TlsContext context = new TlsContext(port, load(Content.read(port)));
        context.warnOfExpiry(Instant.now());
        return context;
    }

    /** Returns the context for the next connection. */
    SslContext current() {
        return loaded.context();
    }

    /** Returns the time at which the first of the certificates expires. */
    Instant expiry() {
        return loaded.expiry();
    }

    /**
     * Looks at the files, and uses them if they have changed; keeps what it has while they cannot
     * be used, and says so once. Warns of a certificate that expires soon.
     */
    public void follow() {
        try {
            Content now = Content.read(port);
            if (!now.sameAs(seen)) {
                seen = now;
                loaded = load(now);
                warned = Instant.EPOCH;
                LOG.info("tls: using {}, which expires at {}", port.certificate(), expiry());
            }
            problem = now.sameAs(loaded.files()) ? "" : problem;
        } catch (IOException e) {
            if (!problem.equals(e.getMessage())) {
                LOG.warn("tls: keeping the certificate of before: {}", e.getMessage());
            }
            problem = String.valueOf(e.getMessage());
        }
        warnOfExpiry(Instant.now());
    }

    private void warnOfExpiry(Instant now) {
        if (now.plus(NEAR).isAfter(expiry()) && warned.plus(1, ChronoUnit.DAYS).isBefore(now)) {
            warned = now;
            LOG.warn(
                    "tls: {} {} at {}",
                    port.certificate(),
                    now.isAfter(expiry()) ? "has expired" : "expires",
                    expiry());
        }
    }

    private static Loaded load(Content files) throws IOException {
        List<X509Certificate> chain = PemCertificates.of(files.certificate());
        PrivateKey key = PemKey.of(files.key());
        PemKey.requirePair(files.key(), key, chain.get(0).getPublicKey());
        SslContextBuilder builder =
                SslContextBuilder.forServer(key, chain)
                        .sslProvider(SslProvider.JDK)
                        .protocols("TLSv1.3", "TLSv1.2");
        if (files.clientCa().isPresent()) {
            builder.trustManager(PemCertificates.of(files.clientCa().get()))
                    .clientAuth(ClientAuth.REQUIRE);
        }
        Instant expiry =
                chain.stream()
                        .map(certificate -> certificate.getNotAfter().toInstant())
                        .min(Comparator.naturalOrder())
                        .orElseThrow();
        return new Loaded(files, builder.build(), expiry);
    }
}
