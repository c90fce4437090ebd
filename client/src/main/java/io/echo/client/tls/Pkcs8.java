package io.echo.client.tls;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.Optional;

/**
 * Puts older forms of private keys into that of PKCS#8 (RFC 5208), the only one that the JDK reads:
 * version, algorithm, and the older form as a string of octets.
 */
final class Pkcs8 {
    private static final int SEQUENCE = 0x30;
    private static final int OCTETS = 4;

    /** The parameters of an EC key within SEC1's form, which is their place of four. */
    private static final int PARAMETERS = 0xA0;

    private static final byte[] VERSION = {2, 1, 0};

    /** The name of rsaEncryption (1.2.840.113549.1.1.1), and no parameters. */
    private static final byte[] RSA = {
        6, 9, 0x2a, (byte) 0x86, 0x48, (byte) 0x86, (byte) 0xf7, 13, 1, 1, 1, 5, 0
    };

    /** The name of id-ecPublicKey (1.2.840.10045.2.1), behind which the curve is named. */
    private static final byte[] EC = {6, 7, 0x2a, (byte) 0x86, 0x48, (byte) 0xce, 0x3d, 2, 1};

    private Pkcs8() {}

    /** Takes an RSA key in the form of PKCS#1. */
    static byte[] ofRsa(byte[] pkcs1) {
        return join(SEQUENCE, VERSION, join(SEQUENCE, RSA), join(OCTETS, pkcs1));
    }

    /** Takes an EC key in the form of SEC1 (RFC 5915); empty if it does not name its curve. */
    static Optional<byte[]> ofEc(byte[] sec1) {
        try {
            int at = content(sec1, 0);
            while (at < sec1.length) {
                int from = content(sec1, at);
                int to = from + length(sec1, at);
                if ((sec1[at] & 0xff) == PARAMETERS) {
                    byte[] curve = Arrays.copyOfRange(sec1, from, to);
                    return Optional.of(
                            join(SEQUENCE, VERSION, join(SEQUENCE, EC, curve), join(OCTETS, sec1)));
                }
                at = to;
            }
            return Optional.empty();
        } catch (ArrayIndexOutOfBoundsException e) {
            return Optional.empty(); // it is cut
        }
    }

    /** Returns where the content of a DER value begins. */
    private static int content(byte[] der, int at) {
        int first = der[at + 1] & 0xff;
        return at + 2 + (first < 0x80 ? 0 : first & 0x7f);
    }

    /** Returns how long the content of a DER value is. */
    private static int length(byte[] der, int at) {
        int first = der[at + 1] & 0xff;
        if (first < 0x80) {
            return first;
        }
        int length = 0;
        for (int i = 0; i < (first & 0x7f); i++) {
            length = length << Byte.SIZE | der[at + 2 + i] & 0xff;
        }
        return Math.max(0, length);
    }

    /** Returns a DER value of parts that have at most 65,535 bytes together. */
    private static byte[] join(int tag, byte[]... parts) {
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            content.writeBytes(part);
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(tag);
        if (content.size() < 0x80) {
            out.write(content.size());
        } else if (content.size() <= 0xff) {
            out.write(0x81);
            out.write(content.size());
        } else {
            out.write(0x82);
            out.write(content.size() >> Byte.SIZE);
            out.write(content.size());
        }
        out.writeBytes(content.toByteArray());
        return out.toByteArray();
    }
}
