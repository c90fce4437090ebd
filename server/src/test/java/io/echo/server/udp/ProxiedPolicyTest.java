package io.echo.server.udp;

import static org.assertj.core.api.Assertions.assertThat;

import io.echo.server.admission.ProbePass;
import io.echo.server.admission.SourceRules;
import io.echo.server.config.Cidr;
import io.echo.server.config.ServerConfig.Access;
import io.echo.server.config.ServerConfig.UdpLimits;
import io.echo.server.proxy.Headers;
import io.echo.server.proxy.ProxyHeader;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Rules for a balancer and for the client that it names, apart from each other. */
class ProxiedPolicyTest {
    private static final long NOW = System.nanoTime() + TimeUnit.HOURS.toNanos(1);
    private static final InetSocketAddress NEIGHBOUR = new InetSocketAddress("192.168.1.1", 40_000);
    private static final InetSocketAddress FAR = new InetSocketAddress("198.51.100.1", 40_000);

    private final SourceRules sources = new SourceRules(Access.DEFAULT);

    /** The answer goes to the balancer: that its client is a neighbour holds nothing up. */
    @Test
    void holdsBackAnswersToABalancerAsToAnyNeighbour() throws UnknownHostException {
        UdpPolicy policy = policy(new UdpLimits(1e9, 1e9, 65_527, Set.of()));
        sources.setHost(Set.of(), Set.of(), Set.of(Cidr.parse("", "192.168.1.0/24")));
        policy.noteStuck(Neighbours.STUCK_NS, NOW);
        assertThat(balancer(policy, NEIGHBOUR)).isEqualTo(UdpVerdict.ADMITTED);
        for (int i = 0; i < 10; i++) {
            assertThat(balancer(policy, NEIGHBOUR)).isEqualTo(UdpVerdict.SEND);
            assertThat(balancer(policy, FAR)).isEqualTo(UdpVerdict.ADMITTED);
            assertThat(client(policy, "192.168.1.7")).isEqualTo(UdpVerdict.ADMITTED);
        }
    }

    /** The log that names --trusted names who is behind the balancer. */
    @Test
    void remembersThePrivateClientThatWasDropped() throws UnknownHostException {
        UdpPolicy policy = policy(new UdpLimits(1, 1e9, 65_527, Set.of()));
        assertThat(client(policy, "10.1.2.3")).isEqualTo(UdpVerdict.ADMITTED);
        assertThat(client(policy, "10.1.2.3")).isEqualTo(UdpVerdict.RATE);
        assertThat(sources.firstPrivateDrop().map(SourceRules.PrivateDrop::source))
                .isEqualTo(Optional.of("10.1.2.3"));
    }

    private UdpPolicy policy(UdpLimits limits) throws UnknownHostException {
        return new UdpPolicies(limits, sources, new ProbePass())
                .at(InetAddress.getByName("192.168.1.2"));
    }

    private static UdpVerdict balancer(UdpPolicy policy, InetSocketAddress balancer) {
        return policy.judgeBalancer(balancer, Unpooled.EMPTY_BUFFER, 0, 100, 72, NOW);
    }

    private static UdpVerdict client(UdpPolicy policy, String address) {
        byte[] datagram = Headers.join(Headers.udp(address, 40_000), new byte[72]);
        ByteBuf content = Unpooled.wrappedBuffer(datagram);
        ProxyHeader header = new ProxyHeader();
        assertThat(header.read(content, 0, datagram.length)).isEqualTo(28);
        return policy.judgeClient(header, content, 28, 72, NOW);
    }
}
