package io.echo.client.tls;

import io.echo.cli.FlagValues;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads PEM files that flags name: certificates and private keys.
 *
 * <p>What cannot be read is an {@link IOException} of one line that names flag and file.
 */
final class PemFiles {
    private static final Pattern BLOCK =
            Pattern.compile(
                    "-----BEGIN ([A-Z0-9 ]+)-----\\s+([A-Za-z0-9+/=\\s]+?)-----END \\1-----");

    private static final Pattern BEGIN = Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----");
    private static final String CERTIFICATE = "(X509 |TRUSTED )?CERTIFICATE";
    private static final List<String> ALGORITHMS = List.of("RSA", "EC", "EdDSA", "DSA");

    /** A key file is a few kilobytes, a bundle of all public issuers 250. */
    private static final long LARGEST_BYTES = 16 << 20;

    /** Version 0, algorithm rsaEncryption without parameters: what PKCS#8 puts before PKCS#1. */
    private static final byte[] RSA_HEAD = {
        2,
        1,
        0,
        0x30,
        13,
        6,
        9,
        0x2a,
        (byte) 0x86,
        0x48,
        (byte) 0x86,
        (byte) 0xf7,
        13,
        1,
        1,
        1,
        5,
        0
    };

    private static final int DER_SEQUENCE = 0x30;
    private static final int DER_OCTETS = 4;

    private PemFiles() {}

    /** A block of a file: the words after BEGIN, and its bytes. */
    private record Block(String type, byte[] bytes) {}

    /** Reads all certificates of a file, of which there must be one at least. */
    static List<X509Certificate> certificates(String flag, Path file) throws IOException {
        String text = read(flag, file);
        List<X509Certificate> found = new ArrayList<>();
        for (Block block : blocks(flag, file, text)) {
            if (block.type().matches(CERTIFICATE)) {
                found.add(certificate(flag, file, block));
            }
        }
        if (found.isEmpty()) {
            throw mustBe(flag, "a file with a PEM certificate (-----BEGIN CERTIFICATE-----)", file);
        }
        return found;
    }

    private static X509Certificate certificate(String flag, Path file, Block block)
            throws IOException {
        try {
            return (X509Certificate)
                    CertificateFactory.getInstance("X.509")
                            .generateCertificate(new ByteArrayInputStream(block.bytes()));
        } catch (CertificateException e) {
            throw damaged(flag, "certificate", file, e);
        }
    }

    /** Reads the private key of a file: the first, if there are several. */
    static PrivateKey key(String flag, Path file) throws IOException {
        String text = read(flag, file);
        for (Block block : blocks(flag, file, text)) {
            switch (block.type()) {
                case "PRIVATE KEY" -> {
                    return key(flag, file, block.bytes());
                }
                case "RSA PRIVATE KEY" -> {
                    return key(flag, file, Pkcs8.ofRsa(block.bytes()));
                }
                case "EC PRIVATE KEY" -> {
                    return key(
                            flag,
                            file,
                            Pkcs8.ofEc(block.bytes())
                                    .orElseThrow(() -> damaged(flag, "private key", file, null)));
                }
                default -> {}
            }
        }
        // The older of its two forms has headers before the bytes, so it is no block.
        throw text.contains("ENCRYPTED")
                ? mustBe(flag, "a key without a password", "an encrypted one in " + file)
                : mustBe(flag, "a file with a PEM private key (-----BEGIN PRIVATE KEY-----)", file);
    }

    private static PrivateKey key(String flag, Path file, byte[] pkcs8) throws IOException {
        Exception last = null;
        for (String algorithm : ALGORITHMS) {
            try {
                return KeyFactory.getInstance(algorithm)
                        .generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
            } catch (InvalidKeySpecException e) {
                last = e; // of another algorithm, or damaged
            } catch (GeneralSecurityException e) {
                throw new IOException(flag + " cannot be read on this JDK: " + e.getMessage(), e);
            }
        }
        throw damaged(flag, "private key", file, last);
    }

    private static List<Block> blocks(String flag, Path file, String text) throws IOException {
        List<Block> found = new ArrayList<>();
        Matcher matcher = BLOCK.matcher(text);
        while (matcher.find()) {
            try {
                byte[] bytes = Base64.getMimeDecoder().decode(matcher.group(2));
                found.add(new Block(matcher.group(1), bytes));
            } catch (IllegalArgumentException e) {
                throw damaged(flag, matcher.group(1).toLowerCase(Locale.ROOT), file, e);
            }
        }
        if (found.isEmpty() && BEGIN.matcher(text).find() && !text.contains("ENCRYPTED")) {
            throw damaged(flag, "PEM block", file, null);
        }
        return found;
    }

    private static String read(String flag, Path file) throws IOException {
        if (!Files.isReadable(file) || Files.isDirectory(file)) {
            throw mustBe(flag, "a readable file", file);
        }
        if (Files.size(file) > LARGEST_BYTES) {
            throw mustBe(flag, "at most " + (LARGEST_BYTES >> 20) + " MiB", file);
        }
        return new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
    }

    private static IOException damaged(String flag, String what, Path file, Throwable cause) {
        return new IOException(
                flag + " must hold a whole " + what + ", got damage in " + file, cause);
    }

    private static IOException mustBe(String flag, String rule, Object got) {
        return new IOException(FlagValues.mustBe(flag, rule, got).getMessage());
    }
}
