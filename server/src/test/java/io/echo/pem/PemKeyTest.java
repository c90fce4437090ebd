package io.echo.pem;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.echo.testing.Certificates;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PemKeyTest {
    @TempDir private Path folder;

    private static PemFile file(Path path) throws IOException {
        return PemFile.read("--tls-key", path);
    }

    /** Sizes whose lengths take one, two and three octets; curves of all that OpenSSL names. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "rsa:1024",
                "rsa:2048",
                "rsa:4096",
                "ec -pkeyopt ec_paramgen_curve:P-256",
                "ec -pkeyopt ec_paramgen_curve:P-384",
                "ec -pkeyopt ec_paramgen_curve:P-521",
            })
    void readsBothFormsOfAKey(String algorithm) throws IOException {
        Certificates certificates = new Certificates(folder);
        Certificates.Pair pair = certificates.selfSigned(Certificates.LOCAL, algorithm.split(" "));
        for (Path form : List.of(pair.key(), certificates.traditional(pair.key()))) {
            PrivateKey key = PemKey.of(file(form));
            assertThatCode(() -> PemKey.requirePair(file(form), key, publicKey(pair)))
                    .doesNotThrowAnyException();
        }
    }

    @Test
    void readsEd25519() throws IOException {
        Certificates.Pair pair = new Certificates(folder).selfSigned(Certificates.LOCAL, "ed25519");
        PrivateKey key = PemKey.of(file(pair.key()));
        PemKey.requirePair(file(pair.key()), key, publicKey(pair));
        assertThat(key.getAlgorithm()).isEqualTo("EdDSA");
    }

    /** A file of OpenSSL's `ecparam -genkey` has the curve in front. */
    @Test
    void skipsWhatElseStandsInTheFile() throws IOException {
        Certificates certificates = new Certificates(folder);
        Certificates.Pair pair = certificates.selfSigned(Certificates.LOCAL);
        Path both = folder.resolve("both.pem");
        Files.writeString(
                both, "some words\n" + Files.readString(pair.certificate()) + "between\n");
        Files.writeString(
                both,
                Files.readString(both)
                        + "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n"
                        + "-----END EC PARAMETERS-----\n"
                        + Files.readString(pair.key()));
        assertThat(PemKey.of(file(both))).isEqualTo(PemKey.of(file(pair.key())));
        assertThat(PemCertificates.of(file(both))).hasSize(1);
    }

    @Test
    void refusesTheKeyOfAnother() throws IOException {
        Certificates certificates = new Certificates(folder);
        Certificates.Pair rsa = certificates.selfSigned(Certificates.LOCAL);
        List<Certificates.Pair> others =
                List.of(
                        certificates.selfSigned(Certificates.LOCAL),
                        certificates.selfSigned(Certificates.LOCAL, "ed25519"));
        for (Certificates.Pair other : others) {
            PrivateKey key = PemKey.of(file(other.key()));
            assertThatThrownBy(() -> PemKey.requirePair(file(other.key()), key, publicKey(rsa)))
                    .hasMessage(
                            "--tls-key must be the key of the certificate, got "
                                    + other.key()
                                    + ", the key of another");
        }
    }

    /** A curve that OpenSSL has and the JDK has not. */
    @Test
    void refusesAKeyThatTheJdkCannotUse() throws IOException {
        Certificates.Pair pair =
                new Certificates(folder)
                        .selfSigned(
                                Certificates.LOCAL,
                                "ec",
                                "-pkeyopt",
                                "ec_paramgen_curve:secp256k1");
        assertThatThrownBy(
                        () ->
                                PemKey.requirePair(
                                        file(pair.key()), PemKey.of(file(pair.key())), null))
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith("--tls-key must be a PEM file with a private key");
    }

    @Test
    void saysWhatIsWrongWithAFile() throws IOException {
        Certificates certificates = new Certificates(folder);
        Certificates.Pair pair = certificates.selfSigned(Certificates.LOCAL);
        String rule = "--tls-key must be a PEM file with a private key, RSA or EC, got ";
        assertProblem(
                pair.certificate(), rule + pair.certificate() + ": it has none that can be read");
        Path locked = certificates.encrypted(pair.key());
        assertProblem(locked, rule + locked + ": it has a password");
        Path old =
                write(
                        "-----BEGIN RSA PRIVATE KEY-----\n"
                                + "Proc-Type: 4,ENCRYPTED\n"
                                + "DEK-Info: AES-256-CBC,00\n\n"
                                + "AAAA\n"
                                + "-----END RSA PRIVATE KEY-----\n");
        assertProblem(old, rule + old + ": it has a password");
        String key = Files.readString(pair.key());
        Path cut = write(key.substring(0, 200));
        assertProblem(cut, rule + cut + ": it has none that can be read");
        Path broken = write(key.replaceFirst("\n[A-Za-z0-9+/]{64}\n", "\n"));
        assertProblem(broken, rule + broken + ": it is broken, or of another algorithm");
        Path notBase64 = write(key.replaceFirst("\n[A-Za-z0-9+/]{64}\n", "\nA\n"));
        assertThatThrownBy(() -> PemKey.of(file(notBase64))).hasMessageStartingWith("--tls-key");
        for (String empty : new String[] {"", "\n", "-----BEGIN PRIVATE KEY-----\n"}) {
            Path none = write(empty);
            assertProblem(none, rule + none + ": it has none that can be read");
        }
        Path noCurve =
                write("-----BEGIN EC PRIVATE KEY-----\nMAMCAQE=\n-----END EC PRIVATE KEY-----\n");
        assertProblem(noCurve, rule + noCurve + ": it does not name a curve");
    }

    @Test
    void saysWhyAFileCannotBeRead() throws IOException {
        Path absent = folder.resolve("absent.pem");
        assertProblem(
                absent,
                "--tls-key must be a file that can be read, got " + absent + ": no such file");
        assertThatThrownBy(() -> file(folder))
                .hasMessageStartingWith(
                        "--tls-key must be a file that can be read, got " + folder + ": ");
        Path large = folder.resolve("large.pem");
        Files.write(large, new byte[(1 << 20) + 1]);
        assertProblem(large, "--tls-key must be a PEM file of at most 1 MiB, got " + large);
    }

    private Path write(String content) throws IOException {
        Path file = Files.createTempFile(folder, "key", ".pem");
        Files.writeString(file, content);
        return file;
    }

    private static void assertProblem(Path file, String problem) {
        assertThatThrownBy(() -> PemKey.of(file(file)))
                .isInstanceOf(IOException.class)
                .hasMessage(problem);
    }

    private static PublicKey publicKey(Certificates.Pair pair) throws IOException {
        return PemCertificates.of(PemFile.read("--tls-cert", pair.certificate()))
                .get(0)
                .getPublicKey();
    }
}
