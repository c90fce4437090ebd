package io.echo.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Certificates and keys that OpenSSL makes, in files. */
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
        openssl(command);
        return pair;
    }

    /** Returns an issuer of certificates. */
    public Pair issuer(String name) throws IOException {
        Pair pair = next();
        openssl(
                List.of(
                        "req",
                        "-x509",
                        "-nodes",
                        "-days",
                        "30",
                        "-newkey",
                        "ec",
                        "-pkeyopt",
                        "ec_paramgen_curve:P-256",
                        "-subj",
                        "/CN=" + name,
                        "-keyout",
                        pair.key().toString(),
                        "-out",
                        pair.certificate().toString()));
        return pair;
    }

    /**
     * Returns a certificate of an issuer.
     *
     * @param days until it expires; below 0 for one that has
     */
    public Pair issued(Pair issuer, String names, int days) throws IOException {
        Pair pair = next();
        Path request = folder.resolve(made + ".csr");
        Path extensions = folder.resolve(made + ".ext");
        Files.writeString(extensions, "subjectAltName=" + names + "\n");
        openssl(
                List.of(
                        "req",
                        "-new",
                        "-nodes",
                        "-newkey",
                        "ec",
                        "-pkeyopt",
                        "ec_paramgen_curve:P-256",
                        "-subj",
                        "/CN=peer " + made,
                        "-keyout",
                        pair.key().toString(),
                        "-out",
                        request.toString()));
        openssl(
                List.of(
                        "x509",
                        "-req",
                        "-in",
                        request.toString(),
                        "-CA",
                        issuer.certificate().toString(),
                        "-CAkey",
                        issuer.key().toString(),
                        "-set_serial",
                        "" + made,
                        "-days",
                        "" + days,
                        "-extfile",
                        extensions.toString(),
                        "-out",
                        pair.certificate().toString()));
        return pair;
    }

    /** Returns the same key in the form that OpenSSL writes beside PKCS #8. */
    public Path traditional(Path key) throws IOException {
        Path other = folder.resolve(++made + "-traditional.pem");
        openssl(List.of("pkey", "-in", key.toString(), "-traditional", "-out", other.toString()));
        return other;
    }

    /** Returns the same key with a password. */
    public Path encrypted(Path key) throws IOException {
        Path other = folder.resolve(++made + "-encrypted.pem");
        openssl(
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

    private static void openssl(List<String> arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(Programs.require("openssl")));
        command.addAll(arguments);
        Process openssl = new ProcessBuilder(command).redirectErrorStream(true).start();
        openssl.getOutputStream().close();
        String output = new String(openssl.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        try {
            assertThat(openssl.waitFor(30, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
        assertThat(openssl.exitValue()).as("%s: %s", command, output).isZero();
    }
}
