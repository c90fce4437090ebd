package io.echo.server.proxy;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.HexFormat;

/** PROXY headers, written by no code that the server shares. */
public final class Headers {
    public static final int LOCAL = 0x20;
    public static final int PROXY = 0x21;
    public static final int TCP4 = 0x11;
    public static final int UDP4 = 0x12;
    public static final int TCP6 = 0x21;
    public static final int UDP6 = 0x22;

    private static final byte[] SIGNATURE = HexFormat.of().parseHex("0d0a0d0a000d0a515549540a");

    private Headers() {}

    /** A header of version 2 over UDP that names this client. */
    public static byte[] udp(String client, int port) {
        return v2(PROXY, client.contains(":") ? UDP6 : UDP4, addresses(client, port));
    }

    /** A header of version 2 over TCP that names this client. */
    public static byte[] tcp(String client, int port) {
        return v2(PROXY, client.contains(":") ? TCP6 : TCP4, addresses(client, port));
    }

    /** A header in which the balancer speaks for itself. */
    public static byte[] local() {
        return v2(LOCAL, 0, new byte[0]);
    }

    /** Any header of version 2, with what follows its length. */
    public static byte[] v2(int versionAndCommand, int family, byte[]... rest) {
        byte[] all = join(rest);
        return join(
                SIGNATURE,
                new byte[] {
                    (byte) versionAndCommand,
                    (byte) family,
                    (byte) (all.length >> 8),
                    (byte) all.length
                },
                all);
    }

    /** A header of version 1 that names this client. */
    public static byte[] v1(String client, int port) {
        boolean v6 = client.contains(":");
        return ("PROXY TCP"
                        + (v6 ? 6 : 4)
                        + " "
                        + client
                        + (v6 ? " 2001:db8::9 " : " 192.0.2.9 ")
                        + port
                        + " 2105\r\n")
                .getBytes(US_ASCII);
    }

    /** An additional field. */
    public static byte[] field(int type, byte... value) {
        byte[] head = {(byte) type, (byte) (value.length >> 8), (byte) value.length};
        return join(head, value);
    }

    /** Addresses and ports of a client, which asked a fixed one. */
    static byte[] addresses(String client, int port) {
        byte[] ports = {(byte) (port >> 8), (byte) port, 2_105 >> 8, (byte) 2_105};
        String asked = client.contains(":") ? "2001:db8::9" : "192.0.2.9";
        return join(octets(client), octets(asked), ports);
    }

    private static byte[] octets(String address) {
        try {
            return InetAddress.getByName(address).getAddress();
        } catch (UnknownHostException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static byte[] join(byte[]... parts) {
        ByteBuf all = Unpooled.buffer();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        byte[] joined = new byte[all.readableBytes()];
        all.readBytes(joined);
        return joined;
    }
}
