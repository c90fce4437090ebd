package io.echo.server.admission;

import static org.assertj.core.api.Assertions.assertThat;

import io.echo.server.admission.SourceRules.PrivateDrop;
import io.echo.server.admission.SourceTrust.Level;
import io.echo.server.config.Cidr;
import io.echo.server.config.ServerConfig.Access;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SourceTrustTest {
    private static final String PUBLIC = "203.0.113.1";
    private static final String PUBLIC6 = "2001:db8::1";

    /** The kernel takes these from no wire, whatever address they ask. */
    @ParameterizedTest
    @CsvSource({"127.0.0.1", "127.255.255.254", "::1", "203.0.113.1", "10.1.0.1"})
    void setsNoRateForLoopbackAndOwnIpv4(String source) throws UnknownHostException {
        for (String asked : List.of("127.0.0.1", "::1", PUBLIC, PUBLIC6, "10.1.0.1")) {
            assertThat(level(rules(), asked, source)).as(asked).isEqualTo(Level.UNRATED);
        }
    }

    /** The kernel takes them from the wire. */
    @ParameterizedTest
    @CsvSource({"2001:db8::1", "fd00::1"})
    void setsARateForOwnIpv6(String source) throws UnknownHostException {
        assertThat(level(rules(), PUBLIC6, source)).isEqualTo(Level.RATED);
    }

    /** Each block at its ends, and the asked address at the other end. */
    @ParameterizedTest
    @CsvSource({
        "10.0.0.0, 10.255.255.255",
        "172.16.0.0, 172.31.255.255",
        "192.168.0.0, 192.168.255.255",
        "169.254.0.0, 169.254.255.255",
        "fc00::, fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
        "fe80::, febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
    })
    void trustsAPrivateSourceThatAsksAnAddressOfItsOwnBlockAlone(String first, String last)
            throws UnknownHostException {
        List<String> places =
                List.of(
                        "10.9.9.9",
                        "172.20.9.9",
                        "192.168.9.9",
                        "169.254.9.9",
                        "fd00::9",
                        "fe80::9",
                        "100.64.9.9",
                        "127.0.0.1",
                        "::1",
                        PUBLIC,
                        PUBLIC6);
        for (String source : List.of(first, last)) {
            long trusting = 0;
            for (String asked : places) {
                Level level = level(rules(), asked, source);
                assertThat(level).isNotEqualTo(Level.UNRATED);
                trusting += level == Level.RATED ? 1 : 0;
            }
            assertThat(trusting).as(source).isOne();
            assertThat(level(rules(), first.equals(source) ? last : first, source))
                    .isEqualTo(Level.RATED);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "100.64.0.9, 100.64.0.1",
        "8.8.8.8, 203.0.113.1",
        "203.0.113.2, 203.0.113.1",
        "9.255.255.255, 10.0.0.1",
        "172.32.0.0, 172.16.0.1",
        "fec0::1, fe80::1",
        "2001:db8::2, 2001:db8::1",
        "::10.1.0.2, 10.1.0.1",
    })
    void trustsNoOther(String source, String asked) throws UnknownHostException {
        assertThat(level(rules(), asked, source)).isEqualTo(Level.NONE);
    }

    @Test
    void trustsNoDefaultGateway() throws UnknownHostException {
        SourceRules rules = rules();
        rules.setHost(
                SourceRulesTest.addresses("172.17.0.2"),
                SourceRulesTest.addresses("172.17.0.1", "fe80::1"),
                Set.of());
        assertThat(level(rules, "172.17.0.2", "172.17.0.1")).isEqualTo(Level.NONE);
        assertThat(level(rules, "fe80::2", "fe80::1")).isEqualTo(Level.NONE);
        assertThat(level(rules, "172.17.0.2", "172.17.0.3")).isEqualTo(Level.RATED);
    }

    /** A socket keeps its rules; the addresses behind them change. */
    @Test
    void followsAddressesThatComeAndGo() throws UnknownHostException {
        SourceRules rules = rules();
        SourceTrust bound = rules.trustAt(InetAddress.getByName("10.1.0.1"));
        assertThat(level(bound, "10.1.0.2")).isEqualTo(Level.RATED);
        rules.setHost(
                SourceRulesTest.addresses("198.51.100.7"),
                SourceRulesTest.addresses("10.1.0.2"),
                Set.of());
        assertThat(level(bound, "10.1.0.2")).isEqualTo(Level.NONE);
        assertThat(level(bound, "198.51.100.7")).isEqualTo(Level.UNRATED);
        assertThat(level(bound, PUBLIC)).isEqualTo(Level.NONE);
    }

    @Test
    void trustsThoseThatAreNamedInPlaceOfAllOthers() throws UnknownHostException {
        SourceRules named = rules("203.0.113.0/24", "10.1.0.254");
        named.setHost(
                SourceRulesTest.addresses(PUBLIC6),
                SourceRulesTest.addresses("10.1.0.254"),
                Set.of());
        for (String trusted : List.of("203.0.113.9", "10.1.0.254")) {
            assertThat(level(named, "10.1.0.1", trusted)).isEqualTo(Level.RATED);
        }
        for (SourceRules rules : List.of(named, rules(new String[0]))) {
            for (String other : List.of("127.0.0.1", "::1", "10.1.0.1", "10.1.0.2", PUBLIC6)) {
                assertThat(level(rules, "10.1.0.1", other)).as(other).isEqualTo(Level.NONE);
            }
        }
    }

    @Test
    void notesTheFirstPrivateSourceThatIsDropped() throws UnknownHostException {
        SourceRules rules = rules();
        rules.setHost(Set.of(), SourceRulesTest.addresses("172.17.0.1"), Set.of());
        SourceTrust trust = rules.trustAt(InetAddress.getByName("172.17.0.2"));
        noteDrop(trust, "203.0.113.9");
        noteDrop(trust, "2001:db8::9");
        assertThat(rules.firstPrivateDrop()).isEmpty();
        noteDrop(trust, "172.17.0.1");
        noteDrop(trust, "10.1.2.3");
        assertThat(rules.firstPrivateDrop())
                .contains(new PrivateDrop("172.17.0.1", InetAddress.getByName("172.17.0.2"), true));
    }

    /** The default rules of a host with addresses of every kind. */
    private static SourceRules rules() throws UnknownHostException {
        SourceRules rules = new SourceRules(Access.DEFAULT);
        rules.setHost(
                SourceRulesTest.addresses(
                        "127.0.0.1", "::1", PUBLIC, PUBLIC6, "10.1.0.1", "fd00::1"),
                Set.of(),
                Set.of());
        return rules;
    }

    private static SourceRules rules(String... trusted) {
        return new SourceRules(
                Access.DEFAULT.withTrusted(Cidr.blocks("--trusted", List.of(trusted))));
    }

    private static Level level(SourceRules rules, String asked, String source)
            throws UnknownHostException {
        return level(rules.trustAt(InetAddress.getByName(asked)), source);
    }

    private static Level level(SourceTrust trust, String source) throws UnknownHostException {
        byte[] bytes = bytes(source);
        return trust.of(Cidr.high(bytes), Cidr.low(bytes));
    }

    private static void noteDrop(SourceTrust trust, String source) throws UnknownHostException {
        byte[] bytes = bytes(source);
        trust.noteDrop(Cidr.high(bytes), Cidr.low(bytes));
    }

    private static byte[] bytes(String address) throws UnknownHostException {
        return InetAddress.getByName(address).getAddress();
    }
}
