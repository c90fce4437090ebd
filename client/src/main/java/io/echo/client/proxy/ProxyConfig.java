package io.echo.client.proxy;

import io.echo.cli.FlagValues;
import io.echo.net.HostText;
import io.echo.net.Protocol;
import io.echo.net.Target;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.haproxy.HAProxyCommand;
import io.netty.handler.codec.haproxy.HAProxyMessage;
import io.netty.handler.codec.haproxy.HAProxyMessageEncoder;
import io.netty.handler.codec.haproxy.HAProxyProtocolVersion;
import io.netty.handler.codec.haproxy.HAProxyProxiedProtocol;
import io.netty.util.NetUtil;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A PROXY header: first on each connection, or in front of each datagram. Immutable.
 *
 * @param version 1, which is text and for TCP alone, or 2
 * @param source that it names as the client; empty for the socket's own address
 */
public record ProxyConfig(int version, Optional<InetSocketAddress> source) {
    private static final List<String> NAMES = List.of("v1", "v2");
    private static final Pattern SOURCE =
            Pattern.compile("(?:\\[([^\\[\\]]+)]|([^:\\[\\]]+)):([0-9]{1,5})");
    private static final int MAX_PORT = 65_535;

    /** The values of {@code --proxy-header}, for completion. */
    public static final class Versions implements Iterable<String> {
        /** Makes the list, as picocli does. */
        public Versions() {}

        @Override
        public Iterator<String> iterator() {
            return NAMES.iterator();
        }
    }

    /**
     * Reads the values of {@code --proxy-header} and {@code --proxy-source}.
     *
     * @throws IllegalArgumentException when one cannot be read
     */
    public static ProxyConfig parse(String header, Optional<String> source) {
        int version = NAMES.indexOf(header.strip()) + 1;
        if (version == 0) {
            throw FlagValues.mustBe("--proxy-header", "v1 or v2", header);
        }
        return new ProxyConfig(version, source.map(ProxyConfig::address));
    }

    private static InetSocketAddress address(String text) {
        Matcher parts = SOURCE.matcher(text.strip());
        if (parts.matches()) {
            String v6 = parts.group(1);
            String host = v6 == null ? parts.group(2) : v6;
            boolean right =
                    v6 == null
                            ? NetUtil.isValidIpV4Address(host) && !HostText.isAmbiguous(host)
                            : NetUtil.isValidIpV6Address(host) && host.indexOf('%') < 0;
            int port = Integer.parseInt(parts.group(3));
            if (right && port <= MAX_PORT) {
                return new InetSocketAddress(
                        NetUtil.createInetAddressFromIpAddressString(host), port);
            }
        }
        throw FlagValues.mustBe(
                "--proxy-source", "as 203.0.113.7:40000 or [2001:db8::7]:40000", text);
    }

    /**
     * Throws when this header cannot be sent to a target, as far as that is known before its name
     * is looked up.
     *
     * @throws IllegalArgumentException with both in its message
     */
    public void requireFor(Target target) {
        if (version == 1 && target.protocol() == Protocol.UDP) {
            throw FlagValues.mustBe("--proxy-header", "v2 over UDP, for v1 has no datagrams", "v1");
        }
        boolean v4 = NetUtil.isValidIpV4Address(target.host());
        boolean v6 = target.host().indexOf(':') >= 0;
        if (source.isPresent() && (v4 && isIpv6(source.get()) || v6 && !isIpv6(source.get()))) {
            throw otherFamily(target);
        }
    }

    private IllegalArgumentException otherFamily(Object remote) {
        return FlagValues.mustBe(
                "--proxy-source",
                "of the family of the target, " + remote,
                NetUtil.toSocketAddressString(source.orElseThrow()));
    }

    /** Returns why this header cannot be sent to an address; empty if it can. */
    Optional<String> refusal(InetSocketAddress remote) {
        return source.filter(from -> isIpv6(from) != isIpv6(remote))
                .map(from -> otherFamily(NetUtil.toSocketAddressString(remote)).getMessage());
    }

    private static boolean isIpv6(InetSocketAddress address) {
        return address.getAddress() instanceof Inet6Address;
    }

    /** Adds the handler that sends it: in front of all others. */
    public void addTo(ChannelPipeline pipeline, Protocol protocol) {
        pipeline.addFirst(
                protocol == Protocol.UDP ? new DatagramHeader(this) : new StreamHeader(this));
    }

    /** Returns the bytes of a header from a socket's own addresses, or from those of a flag. */
    byte[] bytes(Protocol protocol, InetSocketAddress local, InetSocketAddress remote) {
        InetSocketAddress from = source.orElse(local);
        boolean v6 = isIpv6(remote);
        HAProxyProxiedProtocol proxied =
                protocol == Protocol.UDP
                        ? v6 ? HAProxyProxiedProtocol.UDP6 : HAProxyProxiedProtocol.UDP4
                        : v6 ? HAProxyProxiedProtocol.TCP6 : HAProxyProxiedProtocol.TCP4;
        EmbeddedChannel encoder = new EmbeddedChannel(HAProxyMessageEncoder.INSTANCE);
        try {
            encoder.writeOutbound(
                    new HAProxyMessage(
                            version == 1 ? HAProxyProtocolVersion.V1 : HAProxyProtocolVersion.V2,
                            HAProxyCommand.PROXY,
                            proxied,
                            text(from.getAddress()),
                            text(remote.getAddress()),
                            from.getPort(),
                            remote.getPort()));
            ByteBuf header = encoder.readOutbound();
            try {
                return ByteBufUtil.getBytes(header);
            } finally {
                header.release();
            }
        } finally {
            encoder.finishAndReleaseAll();
        }
    }

    /** Returns an address without a zone, which a header has no place for. */
    private static String text(InetAddress address) {
        return NetUtil.toAddressString(address);
    }
}
