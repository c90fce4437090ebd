package io.echo.pem;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Reads private keys: PKCS #8 (RFC 5958), and what OpenSSL writes beside it, PKCS #1 (RFC 8017) for
 * RSA and SEC 1 (RFC 5915) for EC. The JDK reads PKCS #8 alone, which is the others with their
 * algorithm in front.
 */
public final class PemKey {
    private static final String PKCS8 = "PRIVATE KEY";
    private static final String RSA = "RSA PRIVATE KEY";
    private static final String EC = "EC PRIVATE KEY";
    private static final String RULE = "a PEM file with a private key, RSA or EC";

    private static final List<String> ALGORITHMS = List.of("RSA", "EC", "EdDSA");
    private static final Map<String, String> SIGNATURES =
            Map.of("RSA", "SHA256withRSA", "EC", "SHA256withECDSA", "EdDSA", "EdDSA");

    private static final int INTEGER = 0x02;
    private static final int OCTETS = 0x04;
    private static final int SEQUENCE = 0x30;

    /** The curve of an EC key, element [0] of its sequence. */
    private static final int CURVE = 0xA0;

    private static final byte[] VERSION = {INTEGER, 1, 0};

    /** The identifier 1.2.840.113549.1.1.1 and NULL. */
    private static final byte[] RSA_ALGORITHM = {
        0x06, 0x09, 0x2A, (byte) 0x86, 0x48, (byte) 0x86, (byte) 0xF7, 0x0D, 1, 1, 1, 0x05, 0
    };

    /** The identifier 1.2.840.10045.2.1; that of the curve follows. */
    private static final byte[] EC_ALGORITHM = {
        0x06, 0x07, 0x2A, (byte) 0x86, 0x48, (byte) 0xCE, 0x3D, 0x02, 1
    };

    private PemKey() {}

    /**
     * Returns the private key of a file.
     *
     * @throws IOException with one line, when there is none, it has a password, or it is broken
     */
    public static PrivateKey of(PemFile file) throws IOException {
        for (PemFile.Block block : file.blocks()) {
            switch (block.label()) {
                case "ENCRYPTED PRIVATE KEY" -> throw file.mustBe(RULE, ": it has a password");
                case PKCS8 -> {
                    return read(file, block.der());
                }
                case RSA -> {
                    return read(file, pkcs8(RSA_ALGORITHM, block.der()));
                }
                case EC -> {
                    byte[] curve =
                            curve(block.der())
                                    .orElseThrow(
                                            () -> file.mustBe(RULE, ": it does not name a curve"));
                    return read(file, pkcs8(join(EC_ALGORITHM, curve), block.der()));
                }
                default -> {
                    // Parameters, or a certificate in the same file.
                }
            }
        }
        throw file.mustBe(
                RULE,
                file.isEncrypted() ? ": it has a password" : ": it has none that can be read");
    }

    /**
     * Checks that a private key belongs to a certificate's public key: what one signs, the other
     * verifies.
     *
     * @throws IOException with one line if not
     */
    public static void requirePair(PemFile file, PrivateKey key, PublicKey certified)
            throws IOException {
        byte[] anything = {1, 2, 3};
        byte[] signed;
        String algorithm = SIGNATURES.get(key.getAlgorithm());
        try {
            Signature signature = Signature.getInstance(algorithm);
            signature.initSign(key);
            signature.update(anything);
            signed = signature.sign();
        } catch (GeneralSecurityException e) {
            throw file.mustBe(RULE, ": this JDK cannot use it (" + e.getMessage() + ")");
        }
        try {
            Signature signature = Signature.getInstance(algorithm);
            signature.initVerify(certified);
            signature.update(anything);
            if (signature.verify(signed)) {
                return;
            }
        } catch (GeneralSecurityException e) {
            // The two are of different algorithms.
        }
        throw file.mustBe("the key of the certificate", ", the key of another");
    }

    private static PrivateKey read(PemFile file, byte[] pkcs8) throws IOException {
        PKCS8EncodedKeySpec encoded = new PKCS8EncodedKeySpec(pkcs8);
        for (String algorithm : ALGORITHMS) {
            try {
                return KeyFactory.getInstance(algorithm).generatePrivate(encoded);
            } catch (InvalidKeySpecException e) {
                // It is of another algorithm, or broken.
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException(e);
            }
        }
        throw file.mustBe(RULE, ": it is broken, or of another algorithm");
    }

    private static byte[] pkcs8(byte[] algorithm, byte[] key) {
        return element(SEQUENCE, join(VERSION, element(SEQUENCE, algorithm), element(OCTETS, key)));
    }

    /** Returns the identifier of the curve in a SEC 1 key, as DER. */
    private static Optional<byte[]> curve(byte[] sec1) {
        try {
            ByteBuffer key = content(ByteBuffer.wrap(sec1), SEQUENCE);
            content(key, INTEGER);
            content(key, OCTETS);
            ByteBuffer curve = content(key, CURVE);
            byte[] identifier = new byte[curve.remaining()];
            curve.get(identifier);
            return Optional.of(identifier);
        } catch (RuntimeException e) {
            return Optional.empty(); // Too short, or of another form.
        }
    }

    /** Takes the next element off, which must have this tag, and returns its content. */
    private static ByteBuffer content(ByteBuffer der, int tag) {
        if ((der.get() & 0xFF) != tag) {
            throw new IllegalArgumentException("another element");
        }
        int length = der.get() & 0xFF;
        if (length > 0x80) {
            int octets = length & 0x7F;
            length = 0;
            for (int i = 0; i < octets; i++) {
                length = length << Byte.SIZE | der.get() & 0xFF;
            }
        }
        ByteBuffer content = der.slice(der.position(), length);
        der.position(der.position() + length);
        return content;
    }

    private static byte[] element(int tag, byte[] content) {
        int n = content.length;
        byte[] length =
                n < 0x80
                        ? new byte[] {(byte) n}
                        : n < 1 << 8
                                ? new byte[] {(byte) 0x81, (byte) n}
                                : new byte[] {(byte) 0x82, (byte) (n >> Byte.SIZE), (byte) n};
        return join(new byte[] {(byte) tag}, length, content);
    }

    private static byte[] join(byte[]... parts) {
        ByteArrayOutputStream joined = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            joined.writeBytes(part);
        }
        return joined.toByteArray();
    }
}
