package io.echo.server.loop;

import static org.assertj.core.api.Assertions.assertThat;

import io.echo.net.Transport;
import io.echo.server.config.Addresses;
import io.echo.server.loop.BindPlan.Listener;
import io.echo.server.loop.BindPlan.Place;
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
        assertThat(plan.listeners(Transport.NIO))
                .singleElement()
                .satisfies(
                        listener -> {
                            assertThat(listener.address().isAnyLocalAddress()).isTrue();
                            assertThat(listener.oneFamily()).isEqualTo(plan.tcp().size() == 1);
                        });
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
        assertThat(BindPlan.of(List.of("::", "0.0.0.0", "127.0.0.1")).listeners(Transport.EPOLL))
                .containsExactly(new Listener(InetAddress.getByName("::"), false));
        assertThat(BindPlan.of(List.of("127.0.0.1", "127.0.0.1")).udp()).hasSize(1);
    }

    /** Where its socket cannot, one listener stands for all that was asked. */
    @Test
    void keepsAWildcardToItsFamilyBesideAddressesOfTheOther() throws IOException {
        Listener any6 = new Listener(InetAddress.getByName("::"), true);
        Listener any4 = new Listener(InetAddress.getByName("0.0.0.0"), true);
        Listener v6 = new Listener(InetAddress.getByName("::1"), false);
        Listener v4 = new Listener(InetAddress.getByName("127.0.0.1"), false);
        BindPlan all6 = BindPlan.of(List.of("::", "127.0.0.1"));
        assertThat(all6.listeners(Transport.EPOLL)).containsExactly(any6, v4);
        assertThat(all6.listeners(Transport.IO_URING)).containsExactly(any6, v4);
        assertThat(all6.listeners(Transport.NIO))
                .containsExactly(new Listener(any6.address(), false));
        BindPlan all4 = BindPlan.of(List.of("0.0.0.0", "::1"));
        assertThat(all4.listeners(Transport.NIO)).containsExactly(any4, v6);
        assertThat(all4.listeners(Transport.EPOLL)).containsExactly(any4, v6);
        assertThat(all4.listeners(Transport.IO_URING))
                .containsExactly(new Listener(any4.address(), false));
        assertThat(BindPlan.of(List.of("::")).listeners(Transport.NIO)).containsExactly(any6);
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
