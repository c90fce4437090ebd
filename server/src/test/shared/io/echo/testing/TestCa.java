package io.echo.testing;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/**
 * An issuer of certificates for a test, by openssl: PEM files in one directory, {@code NAME.pem}
 * and {@code NAME.key}.
 */
public final class TestCa {
    private static final char[] PASSWORD = "secret".toCharArray();

    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("uuuuMMddHHmmss'Z'").withZone(ZoneOffset.UTC);

    private static final String CONFIG =
            """
            [ca]
            default_ca = own
            [own]
            database = %1$s/index
            new_certs_dir = %1$s
            certificate = %1$s/ca.pem
            private_key = %1$s/ca.key
            default_md = sha256
            policy = any
            rand_serial = yes
            unique_subject = no
            [any]
            commonName = supplied
            """;

    private final Path directory;

    private TestCa(Path directory) {
        this.directory = directory;
    }

    /** Makes an issuer of this name in an empty directory. */
    public static TestCa in(Path directory, String name) throws Exception {
        Files.createDirectories(directory);
        TestCa ca = new TestCa(directory);
        Files.writeString(ca.file("config"), CONFIG.formatted(directory));
        Files.writeString(ca.file("index"), "");
        ca.openssl("ecparam -genkey -name prime256v1 -noout -out %s/ca.key");
        ca.openssl("req -x509 -key %s/ca.key -out %s/ca.pem -days 10 -subj", "/CN=" + name);
        return ca;
    }

    /** Returns a file of the directory. */
    public Path file(String name) {
        return directory.resolve(name);
    }

    /** Returns the files of a certificate that was issued here. */
    public Certificates.Pair pair(String name) {
        return new Certificates.Pair(file(name + ".pem"), file(name + ".key"));
    }

    /** Issues a certificate that is valid from yesterday to tomorrow; the key is in PKCS#8. */
    public TestCa issue(String name, String alternatives) throws Exception {
        Instant now = Instant.now();
        return issue(name, alternatives, now.minusSeconds(86_400), now.plusSeconds(86_400));
    }

    /**
     * Issues a certificate.
     *
     * @param name of the files, and the subject's
     * @param alternatives as openssl has them: {@code DNS:localhost,IP:127.0.0.1}
     */
    public TestCa issue(String name, String alternatives, Instant from, Instant to)
            throws Exception {
        openssl("genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out %s/" + name + ".key");
        String request = "req -new -key %s/" + name + ".key -out %s/" + name + ".csr -subj";
        openssl(request, "/CN=" + name);
        Files.writeString(file(name + ".ext"), "subjectAltName = " + alternatives + "\n");
        openssl(
                "ca -batch -config %s/config -in %s/"
                        + name
                        + ".csr -out %s/"
                        + name
                        + ".pem -notext -extfile %s/"
                        + name
                        + ".ext -startdate "
                        + TIME.format(from)
                        + " -enddate "
                        + TIME.format(to));
        return this;
    }

    /** Returns what a server of the JDK needs to show a certificate that was issued here. */
    public SSLContext context(String name) throws Exception {
        String files = "-inkey %s/" + name + ".key -in %s/" + name + ".pem -out %s/" + name;
        openssl("pkcs12 -export " + files + ".p12 -passout pass:" + new String(PASSWORD));
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(file(name + ".p12"))) {
            store.load(in, PASSWORD);
        }
        KeyManagerFactory keys =
                KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(store, PASSWORD);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), trust().getTrustManagers(), null);
        return context;
    }

    private TrustManagerFactory trust() throws Exception {
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        try (InputStream in = Files.newInputStream(file("ca.pem"))) {
            trusted.setCertificateEntry(
                    "ca", CertificateFactory.getInstance("X.509").generateCertificate(in));
        }
        TrustManagerFactory factory =
                TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(trusted);
        return factory;
    }

    /**
     * Runs openssl.
     *
     * @param words separated by blanks, with {@code %s} for the directory
     * @param more words that may have blanks themselves
     */
    public void openssl(String words, String... more) throws IOException {
        List<String> arguments =
                new ArrayList<>(List.of(words.replace("%s", directory.toString()).split(" ")));
        arguments.addAll(List.of(more));
        Openssl.run(arguments);
    }
}
