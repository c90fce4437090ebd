package io.echo.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.echo.server.BindPlan.Place;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class BindPlanTest {
    @Test
    void withoutHostsServesEachListedAddressAndListensOnTheWildcard() throws IOException {
        BindPlan plan = BindPlan.of(List.of());
        assertThat(plan.udp()).containsEntry(Place.of(InetAddress.getByName("127.0.0.1")), false);
        assertThat(addresses(plan)).noneMatch(InetAddress::isAnyLocalAddress);
        assertThat(plan.tcp()).hasSize(1).allMatch(InetAddress::isAnyLocalAddress);
    }

    @Test
    void takesAWildcardForEveryAddressOfItsFamily() throws IOException {
        BindPlan v4 = BindPlan.of(List.of("0.0.0.0"));
        assertThat(addresses(v4)).isNotEmpty().allMatch(Inet4Address.class::isInstance);
        assertThat(addresses(v4)).noneMatch(InetAddress::isAnyLocalAddress);
        assertThat(v4.tcp()).containsExactly(InetAddress.getByName("0.0.0.0"));
        BindPlan v6 = BindPlan.of(List.of("::"));
        assertThat(addresses(v6)).allMatch(Inet6Address.class::isInstance);
        assertThat(v6.tcp()).containsExactly(InetAddress.getByName("::"));
    }

    @Test
    void listensOnceWhereAWildcardCoversAnAddress() throws IOException {
        assertThat(BindPlan.of(List.of("0.0.0.0", "127.0.0.1", "::1")).tcp())
                .containsExactly(InetAddress.getByName("0.0.0.0"), InetAddress.getByName("::1"));
        assertThat(BindPlan.of(List.of("::", "0.0.0.0", "127.0.0.1")).tcp())
                .containsExactly(InetAddress.getByName("::"));
        assertThat(BindPlan.of(List.of("127.0.0.1", "127.0.0.1")).udp()).hasSize(1);
    }

    @Test
    void writesAddressesInTheFormOfTheReadyLine() throws IOException {
        Addresses addresses =
                new Addresses(
                        List.of(at("127.0.0.1", 2105), at("::1", 2105), at("2001:db8:0:0::7", 9)),
                        List.of(at("::", 2105)),
                        Optional.of(at("127.0.0.1", 2106)));
        assertThat(addresses)
                .hasToString(
                        "udp=127.0.0.1:2105,[::1]:2105,[2001:db8::7]:9 tcp=[::]:2105"
                                + " admin=127.0.0.1:2106");
        assertThat(new Addresses(List.of(), List.of(at("0.0.0.0", 7)), Optional.empty()))
                .hasToString("tcp=0.0.0.0:7");
    }

    @Test
    void tellsTheSameLinkLocalAddressOfTwoInterfacesApart() throws IOException {
        assertThat(Place.of(InetAddress.getByName("fe80::1%1")))
                .isNotEqualTo(Place.of(InetAddress.getByName("fe80::1%2")));
        assertThat(BindPlan.of(List.of("fe80::1%1", "fe80::1%2", "fe80::1%2")).udp()).hasSize(2);
        assertThat(BindPlan.of(List.of("fe80::1%1", "fe80::1%2", "fe80::1%2")).tcp()).hasSize(2);
    }

    private static List<InetAddress> addresses(BindPlan plan) {
        return plan.udp().keySet().stream().map(Place::address).toList();
    }

    private static InetSocketAddress at(String host, int port) throws IOException {
        return new InetSocketAddress(InetAddress.getByName(host), port);
    }
}
