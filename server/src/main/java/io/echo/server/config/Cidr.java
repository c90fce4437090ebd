package io.echo.server.config;

import io.echo.net.HostText;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.util.List;

/**
 * A block of addresses, {@code 192.0.2.0/24} or {@code 2001:db8::/32}; both families as 128 bits,
 * IPv4 in its IPv4-mapped form (RFC 4291, section 2.5.5.2), so that no mapped address slips by.
 *
 * @param high the upper 64 bits, bits beyond the prefix zero
 * @param low the lower 64 bits, likewise
 * @param prefix 0..128
 */
public record Cidr(long high, long low, int prefix) {
    /** Lower bits of an IPv4 address as an IPv6 one: {@code ::ffff:0:0/96}. */
    public static final long MAPPED = 0xFFFF_0000_0000L;

    /**
     * Reads a block, or one address for itself.
     *
     * @throws IllegalArgumentException in the words of the command line, also when bits beyond the
     *     prefix are set: {@code 10.1.2.3/8} is most often a mistake
     */
    public static Cidr parse(String flag, String text) {
        String[] parts = text.strip().split("/", 2);
        byte[] address = NetUtil.createByteArrayFromIpAddressString(parts[0]);
        if (address == null
                || !parts[0].matches("[0-9a-fA-F:.]+") // no zone, no brackets
                || HostText.isAmbiguous(parts[0])) {
            throw mustBe(flag, text);
        }
        int offset = address.length == 4 ? 96 : 0;
        int prefix = 128;
        if (parts.length == 2) {
            if (!parts[1].matches("\\d{1,3}") || Integer.parseInt(parts[1]) > 128 - offset) {
                throw mustBe(flag, text);
            }
            prefix = offset + Integer.parseInt(parts[1]);
        }
        long high = high(address);
        long low = low(address);
        Cidr cidr = new Cidr(high & highMask(prefix), low & lowMask(prefix), prefix);
        if (cidr.high != high || cidr.low != low) {
            throw new IllegalArgumentException(
                    flag + " must have no bits beyond its prefix, got " + text.strip());
        }
        return cidr;
    }

    /**
     * Reads blocks.
     *
     * @throws IllegalArgumentException as {@link #parse} does, for the first that is none
     */
    public static List<Cidr> blocks(String flag, List<String> texts) {
        return texts.stream().map(text -> parse(flag, text)).toList();
    }

    /** Makes the block of one address. */
    public static Cidr of(InetAddress address) {
        byte[] bytes = address.getAddress();
        return new Cidr(high(bytes), low(bytes), 128);
    }

    /**
     * Returns the block around this address.
     *
     * @param bits length of its prefix: 0 to 32 for IPv4, to 128 for IPv6
     */
    public Cidr widenedTo(int bits) {
        int length = isV4(high, low) ? bits + 96 : bits;
        return new Cidr(high & highMask(length), low & lowMask(length), length);
    }

    /**
     * Written out, as is the hash code: linking those of a record would be a tenth of the start.
     */
    @Override
    public boolean equals(Object other) {
        return other instanceof Cidr block
                && block.high == high
                && block.low == low
                && block.prefix == prefix;
    }

    @Override
    public int hashCode() {
        return (Long.hashCode(high) * 31 + Long.hashCode(low)) * 31 + prefix;
    }

    /** Writes the form that {@link #parse} reads. */
    @Override
    public String toString() {
        boolean v4 = isV4(high, low) && prefix >= 96;
        String first = NetUtil.bytesToIpAddress(bytes(high, low, v4 ? 4 : 16));
        return first + "/" + (v4 ? prefix - 96 : prefix);
    }

    /** Writes one address, both halves of which are given. */
    public static String addressText(long high, long low) {
        return NetUtil.bytesToIpAddress(bytes(high, low, isV4(high, low) ? 4 : 16));
    }

    private static byte[] bytes(long high, long low, int count) {
        byte[] bytes = new byte[count];
        for (int i = 0; i < count; i++) {
            int fromRight = count - 1 - i;
            bytes[i] = (byte) (fromRight < 8 ? low >>> 8 * fromRight : high >>> 8 * fromRight - 64);
        }
        return bytes;
    }

    /** Tests for an address in this block; {@code ::/0} is all of IPv6, and nothing of IPv4. */
    public boolean contains(long addressHigh, long addressLow) {
        return (addressHigh & highMask(prefix)) == high
                && (addressLow & lowMask(prefix)) == low
                && (prefix >= 96 || !isV4(addressHigh, addressLow));
    }

    /** Tests for an IPv4 address. */
    public static boolean isV4(long high, long low) {
        return high == 0 && low >>> 32 == MAPPED >>> 32;
    }

    /** Returns the upper 64 bits of an address of 4 or 16 bytes. */
    public static long high(byte[] address) {
        return address.length == 4 ? 0 : bits(address, 0);
    }

    /** Returns the lower 64 bits of an address of 4 or 16 bytes. */
    public static long low(byte[] address) {
        if (address.length == 4) {
            return MAPPED
                    | (address[0] & 0xFFL) << 24
                    | (address[1] & 0xFFL) << 16
                    | (address[2] & 0xFFL) << 8
                    | (address[3] & 0xFFL);
        }
        return bits(address, 8);
    }

    private static long bits(byte[] address, int from) {
        long bits = 0;
        for (int i = from; i < from + 8; i++) {
            bits = bits << 8 | (address[i] & 0xFFL);
        }
        return bits;
    }

    private static long highMask(int prefix) {
        return prefix >= 64 ? -1L : prefix == 0 ? 0 : -1L << 64 - prefix;
    }

    private static long lowMask(int prefix) {
        return prefix <= 64 ? 0 : -1L << 128 - prefix;
    }

    private static IllegalArgumentException mustBe(String flag, String text) {
        return new IllegalArgumentException(
                flag
                        + " must be an address or a block such as 192.0.2.0/24 or 2001:db8::/32,"
                        + " got "
                        + text.strip());
    }
}
