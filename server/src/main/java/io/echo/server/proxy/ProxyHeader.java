package io.echo.server.proxy;

import io.echo.server.config.Cidr;
import io.netty.buffer.ByteBuf;

/**
 * A PROXY header of version 2 at the front of a datagram, and the client that it names.
 *
 * <p>Fixed fields alone are read, and additional ones (TLVs) skipped by their length, a checksum
 * among them. What a header of a connection would be refused for, one of a datagram is, too; but
 * additional fields that are broken in themselves are not looked at here.
 *
 * <p>What follows a header may look like another one, for a client may send what it likes. At most
 * {@value #MOST_IN_A_ROW} headers may stand in a row: where the balancer's port is that of an echo,
 * each round takes one off, and 64 KiB have room for 4,000.
 *
 * <p>One instance is read into again and again, without an allocation. Not thread-safe.
 */
public final class ProxyHeader {
    /** Headers in front of each other with which a datagram is still taken. */
    public static final int MOST_IN_A_ROW = 4;

    /** Bytes before the addresses: signature, version and command, family, length. */
    static final int FIXED_BYTES = 16;

    private static final long SIGNATURE = 0x0D0A_0D0A_000D_0A51L;
    private static final int SIGNATURE_END = 0x5549_540A;
    private static final int VERSION_2_LOCAL = 0x20;
    private static final int VERSION_2_PROXY = 0x21;

    private boolean namesClient;
    private long high;
    private long low;
    private int port;

    /** Makes one that names no client yet. */
    public ProxyHeader() {}

    /**
     * Reads the header of a datagram.
     *
     * @param content has the datagram from index {@code at} on; its indexes stay as they are
     * @param length bytes of the datagram
     * @return bytes of the header, {@value #FIXED_BYTES} or more; 0 if there is none, if it is
     *     malformed or not whole, or if too many stand in a row
     */
    public int read(ByteBuf content, int at, int length) {
        int own = measure(content, at, length);
        if (own == 0 || isFollowedByMany(content, at + own, length - own)) {
            return 0;
        }
        boolean v6 = content.getByte(at + 13) >> 4 == 2;
        boolean v4 = content.getByte(at + 13) >> 4 == 1;
        namesClient = content.getByte(at + 12) == VERSION_2_PROXY && (v4 || v6);
        if (namesClient) {
            int source = at + FIXED_BYTES;
            high = v6 ? content.getLong(source) : 0;
            low =
                    v6
                            ? content.getLong(source + Long.BYTES)
                            : Cidr.MAPPED | content.getUnsignedInt(source);
            port = content.getUnsignedShort(source + (v6 ? 32 : 8));
        }
        return own;
    }

    /**
     * Returns whether the header that was read names a client; else (LOCAL, an unspecified family,
     * a path of this machine) it is the balancer that speaks for itself.
     */
    public boolean namesClient() {
        return namesClient;
    }

    /** Returns the upper half of the client's address, as {@link Cidr} has it. */
    public long high() {
        return high;
    }

    /** Returns the lower half of the client's address. */
    public long low() {
        return low;
    }

    /** Returns the client's port, 0..65535. */
    public int port() {
        return port;
    }

    private static boolean isFollowedByMany(ByteBuf content, int from, int length) {
        int at = from;
        int left = length;
        for (int headers = 1; headers <= MOST_IN_A_ROW; headers++) {
            int next = measure(content, at, left);
            if (next == 0) {
                return false;
            }
            at += next;
            left -= next;
        }
        return true;
    }

    /** Returns the bytes of the header at an index; 0 if there is none that is whole and right. */
    private static int measure(ByteBuf content, int at, int length) {
        if (length < FIXED_BYTES
                || content.getLong(at) != SIGNATURE
                || content.getInt(at + Long.BYTES) != SIGNATURE_END) {
            return 0;
        }
        int rest = content.getUnsignedShort(at + 14);
        int command = content.getByte(at + 12);
        int addresses =
                switch (command) {
                    case VERSION_2_LOCAL -> 0; // What its family says is ignored.
                    case VERSION_2_PROXY -> addressBytes(content.getUnsignedByte(at + 13));
                    default -> Integer.MAX_VALUE;
                };
        return rest >= addresses && rest <= length - FIXED_BYTES ? FIXED_BYTES + rest : 0;
    }

    /** Returns the bytes of the addresses of a family and protocol that the specification has. */
    private static int addressBytes(int family) {
        return switch (family) {
            case 0x00 -> 0; // Unspecified.
            case 0x11, 0x12 -> 12; // TCP and UDP over IPv4.
            case 0x21, 0x22 -> 36; // The same over IPv6.
            case 0x31, 0x32 -> 216; // Paths of this machine.
            default -> Integer.MAX_VALUE;
        };
    }
}
