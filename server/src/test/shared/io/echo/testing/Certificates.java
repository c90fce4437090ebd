package io.echo.testing;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Certificates that have signed themselves, and forms of keys; {@link TestCa} issues others. */
public final class Certificates {
    /** Names of the machine that tests run on. */
    public static final String LOCAL = "DNS:localhost,IP:127.0.0.1,IP:::1";

    /** A certificate and its key. */
    public record Pair(Path certificate, Path key) {}

    private final Path folder;
    private int made;

    /** Makes them in this folder. */
    public Certificates(Path folder) {
        this.folder = folder;
    }

    /** Returns one that has signed itself, for these names, with an RSA key of 2048 bits. */
    public Pair selfSigned(String names) throws IOException {
        return selfSigned(names, "rsa:2048");
    }

    /**
     * Returns one that has signed itself.
     *
     * @param algorithm as {@code openssl req -newkey} takes it, with options behind it
     */
    public Pair selfSigned(String names, String... algorithm) throws IOException {
        Pair pair = next();
        List<String> command =
                new ArrayList<>(List.of("req", "-x509", "-nodes", "-days", "30", "-newkey"));
        command.addAll(List.of(algorithm));
        command.addAll(
                List.of(
                        "-subj",
                        "/CN=" + names.replace('/', '_').replace(',', ' '),
                        "-addext",
                        "subjectAltName=" + names,
                        "-keyout",
                        pair.key().toString(),
                        "-out",
                        pair.certificate().toString()));
        Openssl.run(command);
        return pair;
    }

    /** Returns the same key in the form that OpenSSL writes beside PKCS #8. */
    public Path traditional(Path key) throws IOException {
        Path other = folder.resolve(++made + "-traditional.pem");
        Openssl.run(
                List.of("pkey", "-in", key.toString(), "-traditional", "-out", other.toString()));
        return other;
    }

    /** Returns the same key with a password. */
    public Path encrypted(Path key) throws IOException {
        Path other = folder.resolve(++made + "-encrypted.pem");
        Openssl.run(
                List.of(
                        "pkcs8",
                        "-topk8",
                        "-in",
                        key.toString(),
                        "-passout",
                        "pass:secret",
                        "-out",
                        other.toString()));
        return other;
    }

    private Pair next() {
        made++;
        return new Pair(folder.resolve(made + "-cert.pem"), folder.resolve(made + "-key.pem"));
    }
}
