package io.echo.server.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.echo.server.config.Cidr;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.codec.haproxy.HAProxyMessage;
import io.netty.handler.codec.haproxy.HAProxyMessageDecoder;
import io.netty.util.NetUtil;
import java.util.Arrays;

/** Reads headers with {@link ProxyHeader} and with Netty's decoder, and compares what they say. */
public final class NettyHeaders {
    private NettyHeaders() {}

    /** Bytes of the header and the client, as {@link ProxyHeader} reads them. */
    static String ours(byte[] datagram) {
        ProxyHeader header = new ProxyHeader();
        // Neither indexes nor what lies around the datagram may matter.
        ByteBuf content = Unpooled.directBuffer().writeZero(3).writeBytes(datagram).writeZero(300);
        try {
            int length = header.read(content, 3, datagram.length);
            assertThat(content.readerIndex()).isZero();
            return length == 0
                    ? "none"
                    : length
                            + (header.namesClient()
                                    ? " " + text(header.high(), header.low()) + " " + header.port()
                                    : " itself");
        } finally {
            content.release();
        }
    }

    /** The same, as Netty's decoder reads them. */
    static String nettys(byte[] datagram) {
        EmbeddedChannel channel = new EmbeddedChannel(new HAProxyMessageDecoder());
        try {
            channel.writeInbound(Unpooled.copiedBuffer(datagram));
            if (!(channel.readInbound() instanceof HAProxyMessage message)) {
                return "none"; // It waits for more, and a datagram has no more.
            }
            ByteBuf rest = channel.readInbound();
            int length = datagram.length - (rest == null ? 0 : rest.readableBytes());
            byte[] address =
                    message.sourceAddress() == null
                            ? null
                            : NetUtil.createByteArrayFromIpAddressString(message.sourceAddress());
            String client =
                    address == null
                            ? " itself" // A path, too.
                            : " "
                                    + text(Cidr.high(address), Cidr.low(address))
                                    + " "
                                    + message.sourcePort();
            message.release();
            if (rest != null) {
                rest.release();
            }
            return length + client;
        } catch (DecoderException e) {
            return "none";
        } finally {
            end(channel);
        }
    }

    /** Closes the channel, whose decoder may complain of what is left. */
    private static void end(EmbeddedChannel channel) {
        try {
            channel.finishAndReleaseAll();
        } catch (DecoderException e) {
            channel.releaseInbound();
        }
    }

    /**
     * Asserts that both say the same of a datagram, but for what differs on purpose: version 1, too
     * many in a row, and additional fields that are broken.
     */
    public static void assertAgree(byte[] datagram) {
        String ours = ours(datagram);
        if (ours.equals("none")) {
            boolean other = datagram.length == 0 || datagram[0] == 'P' || inARow(datagram) > 4;
            assertThat(other ? "none" : nettys(datagram)).isEqualTo("none");
            return;
        }
        String nettys = nettys(datagram);
        if (nettys.equals("none")) {
            int length = Integer.parseInt(ours.substring(0, ours.indexOf(' ')));
            byte[] bare = withoutFields(Arrays.copyOf(datagram, length));
            assertThat(bare.length).as("there are additional fields").isLessThan(length);
            assertThat(nettys(bare)).isEqualTo(ours.replaceFirst("^\\d+", "" + bare.length));
        } else {
            assertThat(ours).isEqualTo(nettys);
        }
    }

    /** Counts headers in front, whatever they name. */
    private static int inARow(byte[] datagram) {
        int headers = 0;
        for (int at = 0; at < datagram.length; headers++) {
            String next = nettys(Arrays.copyOfRange(datagram, at, datagram.length));
            if (next.equals("none") || datagram[at] == 'P') {
                return headers;
            }
            at += Integer.parseInt(next.substring(0, next.indexOf(' ')));
        }
        return headers;
    }

    private static byte[] withoutFields(byte[] header) {
        int addresses =
                header[12] == Headers.LOCAL
                        ? 0
                        : switch (header[13] >> 4) {
                            case 1 -> 12;
                            case 2 -> 36;
                            case 3 -> 216;
                            default -> 0;
                        };
        byte[] bare = Arrays.copyOf(header, ProxyHeader.FIXED_BYTES + addresses);
        bare[14] = 0;
        bare[15] = (byte) addresses;
        return bare;
    }

    private static String text(long high, long low) {
        return Cidr.addressText(high, low);
    }
}
