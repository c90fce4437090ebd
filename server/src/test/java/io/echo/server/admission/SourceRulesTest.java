package io.echo.server.admission;

import static org.assertj.core.api.Assertions.assertThat;

import io.echo.server.config.Cidr;
import io.echo.server.config.ServerConfig;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SourceRulesTest {
    @Test
    void letsEverybodyInWithoutLists() throws UnknownHostException {
        SourceRules sources = sources(List.of(), List.of());
        assertThat(allowed(sources, "192.0.2.1")).isTrue();
        assertThat(allowed(sources, "2001:db8::1")).isTrue();
    }

    @Test
    void letsOnlyTheAllowedInWhereAnyIs() throws UnknownHostException {
        SourceRules sources = sources(List.of("192.0.2.0/24"), List.of());
        assertThat(allowed(sources, "192.0.2.1")).isTrue();
        assertThat(allowed(sources, "192.0.3.1")).isFalse();
        assertThat(allowed(sources, "2001:db8::1")).isFalse();
        assertThat(allowed(sources, "127.0.0.1")).as("trusted is not allowed").isFalse();
    }

    @Test
    void letsAllButTheDeniedIn() throws UnknownHostException {
        SourceRules sources = sources(List.of(), List.of("192.0.2.0/24", "2001:db8::/32"));
        assertThat(allowed(sources, "192.0.2.1")).isFalse();
        assertThat(allowed(sources, "192.0.3.1")).isTrue();
        assertThat(allowed(sources, "2001:db8::1")).isFalse();
        assertThat(allowed(sources, "2001:db9::1")).isTrue();
    }

    @Test
    void followsTheMostSpecificBlockWhateverTheOrder() throws UnknownHostException {
        for (List<String> deny :
                List.of(
                        List.of("192.0.2.0/24", "192.0.2.128/26"),
                        List.of("192.0.2.128/26", "192.0.2.0/24"))) {
            SourceRules sources = sources(List.of("192.0.0.0/16", "192.0.2.128/25"), deny);
            assertThat(allowed(sources, "192.0.1.1")).isTrue();
            assertThat(allowed(sources, "192.0.2.1")).isFalse();
            assertThat(allowed(sources, "192.0.2.130")).isFalse();
            assertThat(allowed(sources, "192.0.2.200")).isTrue();
        }
    }

    @Test
    void refusesWhereEquallySpecificBlocksDiffer() throws UnknownHostException {
        SourceRules sources = sources(List.of("192.0.2.0/24"), List.of("192.0.2.0/24"));
        assertThat(allowed(sources, "192.0.2.1")).isFalse();
    }

    @Test
    void opensOneFamilyWithoutOpeningTheOther() throws UnknownHostException {
        assertThat(allowed(sources(List.of("::/0"), List.of()), "192.0.2.1")).isFalse();
        assertThat(allowed(sources(List.of("0.0.0.0/0"), List.of()), "::1")).isFalse();
        assertThat(allowed(sources(List.of(), List.of("::/0")), "192.0.2.1")).isTrue();
        assertThat(allowed(sources(List.of(), List.of("::/0")), "2001:db8::1")).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "127.0.0.1", "127.255.255.254", "::1", "10.1.2.3", "172.16.0.1", "172.31.255.255",
                "192.168.1.1", "169.254.1.1", "fe80::1", "fc00::1", "fdff::1", "100.64.0.1",
                "100.127.255.255"
            })
    void trustsConnectionsFromPrivateAddressesByDefault(String address)
            throws UnknownHostException {
        assertThat(trusted(new SourceRules(ServerConfig.Access.DEFAULT), address)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "8.8.8.8", "128.0.0.1", "11.0.0.1", "172.15.255.255", "172.32.0.1", "192.169.0.1",
                "169.255.0.1", "100.63.255.255", "100.128.0.1", "2001:db8::1", "fec0::1", "::2",
                "fe00::1"
            })
    void trustsNoPublicAddress(String address) throws UnknownHostException {
        assertThat(trusted(new SourceRules(ServerConfig.Access.DEFAULT), address)).isFalse();
    }

    @Test
    void trustsThisHostsOwnAddressesAsTheyComeAndGo() throws UnknownHostException {
        SourceRules sources = new SourceRules(ServerConfig.Access.DEFAULT);
        sources.setHost(addresses("198.51.100.7", "2001:db8::7"), Set.of(), Set.of());
        assertThat(trusted(sources, "198.51.100.7")).isTrue();
        assertThat(trusted(sources, "2001:db8::7")).isTrue();
        assertThat(trusted(sources, "198.51.100.8")).isFalse();
        sources.setHost(Set.of(), Set.of(), Set.of());
        assertThat(trusted(sources, "198.51.100.7")).isFalse();
        assertThat(trusted(sources, "2001:db8::7")).isFalse();
    }

    /** Whoever comes through its proxy or its address translation has its address. */
    @Test
    void trustsNoDefaultGatewayUnlessItIsNamed() throws UnknownHostException {
        SourceRules sources = new SourceRules(ServerConfig.Access.DEFAULT);
        sources.setHost(addresses("172.17.0.2"), addresses("172.17.0.1", "fe80::1"), Set.of());
        assertThat(trusted(sources, "172.17.0.1")).isFalse();
        assertThat(trusted(sources, "fe80::1")).isFalse();
        assertThat(trusted(sources, "172.17.0.3")).isTrue();
        SourceRules named = trusting("172.17.0.0/16");
        named.setHost(addresses("172.17.0.2"), addresses("172.17.0.1"), Set.of());
        assertThat(trusted(named, "172.17.0.1")).isTrue();
    }

    @Test
    void trustsThoseThatAreNamedInPlaceOfAllOthers() throws UnknownHostException {
        for (SourceRules sources : List.of(trusting(), trusting("192.0.2.0/24"))) {
            sources.setHost(addresses("198.51.100.7", "2001:db8::7"), Set.of(), Set.of());
            for (String other : List.of("198.51.100.7", "2001:db8::7", "127.0.0.1", "10.0.0.1")) {
                assertThat(trusted(sources, other)).as(other).isFalse();
            }
        }
        assertThat(trusted(trusting("192.0.2.0/24"), "192.0.2.9")).isTrue();
        assertThat(trusted(trusting(), "192.0.2.9")).isFalse();
    }

    @Test
    void sharesLimitsAmongA24OfIpv4AndA64OfIpv6() throws UnknownHostException {
        assertThat(prefix("192.0.2.0")).isEqualTo(prefix("192.0.2.255"));
        assertThat(prefix("192.0.2.0")).isNotEqualTo(prefix("192.0.3.0"));
        assertThat(prefix("2001:db8:0:1::1")).isEqualTo(prefix("2001:db8:0:1:ffff:ffff:ffff:ffff"));
        assertThat(prefix("2001:db8:0:1::1")).isNotEqualTo(prefix("2001:db8:0:2::1"));
        assertThat(
                        Stream.of(
                                        "::1",
                                        "0.0.0.0",
                                        "255.255.255.255",
                                        "192.0.2.1",
                                        "2001:db8::1",
                                        "fe80::1",
                                        "ff02::1")
                                .map(SourceRulesTest::prefix))
                .as("0 is a free place")
                .doesNotContain(0L)
                .doesNotHaveDuplicates();
    }

    private static SourceRules sources(List<String> allow, List<String> deny) {
        return new SourceRules(
                ServerConfig.Access.DEFAULT
                        .withAllow(Cidr.blocks("--allow", allow))
                        .withDeny(Cidr.blocks("--deny", deny)));
    }

    private static SourceRules trusting(String... blocks) {
        return new SourceRules(
                ServerConfig.Access.DEFAULT.withTrusted(Cidr.blocks("--trusted", List.of(blocks))));
    }

    static Set<InetAddress> addresses(String... texts) throws UnknownHostException {
        Set<InetAddress> addresses = new HashSet<>();
        for (String text : texts) {
            addresses.add(InetAddress.getByName(text));
        }
        return addresses;
    }

    private static boolean allowed(SourceRules sources, String address)
            throws UnknownHostException {
        byte[] bytes = InetAddress.getByName(address).getAddress();
        return sources.isAllowed(Cidr.high(bytes), Cidr.low(bytes));
    }

    private static boolean trusted(SourceRules sources, String address)
            throws UnknownHostException {
        byte[] bytes = InetAddress.getByName(address).getAddress();
        return sources.isTrusted(Cidr.high(bytes), Cidr.low(bytes));
    }

    private static long prefix(String address) {
        try {
            byte[] bytes = InetAddress.getByName(address).getAddress();
            return SourceRules.prefix(Cidr.high(bytes), Cidr.low(bytes));
        } catch (UnknownHostException e) {
            throw new AssertionError(e);
        }
    }
}
