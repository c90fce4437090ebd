package io.echo.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CidrTest {
    @ParameterizedTest
    @CsvSource({
        "192.0.2.0/24, 192.0.2.0, 192.0.2.255",
        "192.0.2.7, 192.0.2.7, 192.0.2.7",
        "192.0.2.7/32, 192.0.2.7, 192.0.2.7",
        "10.0.0.0/8, 10.0.0.0, 10.255.255.255",
        "0.0.0.0/0, 0.0.0.0, 255.255.255.255",
        "128.0.0.0/1, 128.0.0.0, 255.255.255.255",
        "2001:db8::/32, 2001:db8::, 2001:db8:ffff:ffff:ffff:ffff:ffff:ffff",
        "2001:db8:1:2::/64, 2001:db8:1:2::, 2001:db8:1:2:ffff:ffff:ffff:ffff",
        "2001:db8::8000:0/97, 2001:db8::8000:0, 2001:db8::ffff:ffff",
        "fe80::/10, fe80::, febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
        "::/0, ::, ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
        "::1, ::1, ::1",
        "' 10.0.0.0/8 ', 10.0.0.1, 10.0.0.1"
    })
    void holdsItsFirstAndItsLastAddress(String block, String first, String last)
            throws UnknownHostException {
        assertThat(holds(block, first)).isTrue();
        assertThat(holds(block, last)).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "192.0.2.0/24, 192.0.1.255",
        "192.0.2.0/24, 192.0.3.0",
        "192.0.2.7, 192.0.2.6",
        "10.0.0.0/8, 11.0.0.0",
        "10.0.0.0/8, 9.255.255.255",
        "2001:db8::/32, 2001:db9::",
        "2001:db8:1:2::/64, 2001:db8:1:3::",
        "2001:db8::8000:0/97, 2001:db8::7fff:ffff",
        "fe80::/10, fec0::",
        "::1, ::2",
        "0.0.0.0/0, ::1",
        "0.0.0.0/0, ::",
        "10.0.0.0/8, a00::"
    })
    void doesNotHoldItsNeighbours(String block, String other) throws UnknownHostException {
        assertThat(holds(block, other)).isFalse();
    }

    /** A rule for all of IPv6 does not cover IPv4, and the other way round. */
    @ParameterizedTest
    @ValueSource(strings = {"::/0", "::/1", "::/64", "::/80"})
    void doesNotHoldIpv4InABlockOfIpv6(String block) throws UnknownHostException {
        assertThat(holds(block, "192.0.2.1")).isFalse();
        assertThat(holds(block, "0.0.0.0")).isFalse();
        assertThat(holds(block, "::2")).isTrue();
    }

    @Test
    void takesAnIpv4MappedBlockForTheIpv4OneItMeans() throws UnknownHostException {
        assertThat(Cidr.parse("--deny", "::ffff:10.0.0.0/104"))
                .isEqualTo(Cidr.parse("--deny", "10.0.0.0/8"));
        assertThat(Cidr.parse("--deny", "::ffff:192.0.2.7"))
                .isEqualTo(Cidr.parse("--deny", "192.0.2.7"));
        byte[] mapped = new byte[16];
        mapped[10] = mapped[11] = (byte) 0xFF;
        mapped[12] = 10;
        assertThat(Cidr.parse("--deny", "10.0.0.0/8").contains(Cidr.high(mapped), Cidr.low(mapped)))
                .isTrue();
    }

    @Test
    void isTheBlockOfOneAddress() throws UnknownHostException {
        for (String text : new String[] {"192.0.2.7", "2001:db8::7", "fe80::7%1", "::"}) {
            InetAddress address = InetAddress.getByName(text);
            Cidr one = Cidr.of(address);
            assertThat(one.prefix()).isEqualTo(128);
            byte[] bytes = address.getAddress();
            assertThat(one.contains(Cidr.high(bytes), Cidr.low(bytes))).isTrue();
            assertThat(one.contains(Cidr.high(bytes), Cidr.low(bytes) ^ 1)).isFalse();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/",
                "/8",
                "x",
                "10.0.0.0/",
                "10.0.0.0/33",
                "10.0.0.0/-1",
                "10.0.0.0/+8",
                "10.0.0.0/8/8",
                "10.0.0.0/8x",
                "10.0.0/8",
                "10.0.0.256",
                "010.0.0.0/8",
                "::ffff:010.0.0.1",
                "10.0.0.0/1000",
                "2001:db8::/129",
                "2001:db8",
                "localhost",
                "none",
                "::1/128/1",
                "10.0.0.0 /8",
                "fe80::1%eth0",
                "[::1]"
            })
    void refusesWhatIsNoBlock(String text) {
        assertThatThrownBy(() -> Cidr.parse("--allow", text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "--allow must be an address or a block such as 192.0.2.0/24 or"
                                + " 2001:db8::/32, got "
                                + text);
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.1.2.3/8", "10.0.0.1/31", "2001:db8::1/64", "8000::/0", "1::/15"})
    void refusesBitsBeyondThePrefix(String text) {
        assertThatThrownBy(() -> Cidr.parse("--allow", text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("--allow must have no bits beyond its prefix, got " + text);
    }

    private static boolean holds(String block, String address) throws UnknownHostException {
        byte[] bytes = InetAddress.getByName(address).getAddress();
        return Cidr.parse("--allow", block).contains(Cidr.high(bytes), Cidr.low(bytes));
    }

    @Test
    void equalsABlockOfTheSameBitsAndPrefixAlone() {
        Cidr block = new Cidr(1, 2, 64);
        assertThat(block).isEqualTo(new Cidr(1, 2, 64)).hasSameHashCodeAs(new Cidr(1, 2, 64));
        assertThat(List.of(new Cidr(0, 2, 64), new Cidr(1, 0, 64), new Cidr(1, 2, 65)))
                .doesNotContain(block);
    }
}
