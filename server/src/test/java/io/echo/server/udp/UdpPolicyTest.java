package io.echo.server.udp;

import static org.assertj.core.api.Assertions.assertThat;

import io.echo.server.admission.ProbePass;
import io.echo.server.admission.SourceRules;
import io.echo.server.config.Cidr;
import io.echo.server.config.ServerConfig.Access;
import io.echo.server.config.ServerConfig.UdpLimits;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UdpPolicyTest {
    /** Ahead of every policy of these tests: for a limiter time begins when it is made. */
    private static final long NOW = System.nanoTime() + TimeUnit.HOURS.toNanos(1);

    private static final String STRANGER = "198.51.100.1";
    private static final String TRUSTED = "192.168.1.1";
    private static final InetAddress US = address("192.168.1.2");
    private static final int CLIENT_PORT = 40_000;
    private static final int OUR_PORT = 7_007;

    /** Bytes for every length; a number in them makes each time another datagram. */
    private static final ByteBuf CONTENT = Unpooled.wrappedBuffer(new byte[65_536]);

    private final UdpPolicy policy = policy(UdpLimits.DEFAULT, Access.DEFAULT);

    /** All of them, and no other. */
    @Test
    void refusesThePortsThatNoClientUses() throws UnknownHostException {
        Set<Integer> expected = new TreeSet<>();
        IntStream.range(0, 1_024).forEach(expected::add);
        expected.addAll(List.of(1_900, 2_049, 3_702, 5_353, 5_355, 11_211, 2_105, OUR_PORT));
        UdpPolicy unlimited = policy(new UdpLimits(1e9, 1e9, 65_527, Set.of()), Access.DEFAULT);
        for (String source : List.of(STRANGER, TRUSTED, "127.0.0.1", "2001:db8::1", "::1")) {
            Set<Integer> refused = new TreeSet<>();
            for (int port = 0; port <= 65_535; port++) {
                UdpVerdict verdict = judge(unlimited, source, port, 100);
                if (verdict == UdpVerdict.SOURCE_PORT) {
                    refused.add(port);
                } else {
                    assertThat(verdict).as("%s:%d", source, port).isEqualTo(UdpVerdict.ADMITTED);
                }
            }
            assertThat(refused).as(source).isEqualTo(expected);
        }
    }

    @Test
    void answersTheRefusedPortsThatAreAllowedAndNoOther() throws UnknownHostException {
        UdpPolicy opened =
                policy(
                        new UdpLimits(1e9, 1e9, 65_527, Set.of(53, 1_900, 2_105, OUR_PORT)),
                        Access.DEFAULT);
        for (int allowed : new int[] {53, 1_900, 2_105, OUR_PORT}) {
            assertThat(judge(opened, STRANGER, allowed, 1)).isEqualTo(UdpVerdict.ADMITTED);
        }
        for (int refused : new int[] {0, 52, 54, 123, 1_023, 5_353}) {
            assertThat(judge(opened, STRANGER, refused, 1)).isEqualTo(UdpVerdict.SOURCE_PORT);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0.0.0.0",
                "0.1.2.3",
                "224.0.0.1",
                "239.255.255.255",
                "240.0.0.1",
                "255.255.255.255",
                "::",
                "ff02::1",
                "ff05::1:3"
            })
    void refusesSourcesThatAreNoOnesAddress(String source) throws UnknownHostException {
        assertThat(judge(policy, source, CLIENT_PORT, 1)).isEqualTo(UdpVerdict.SOURCE_ADDRESS);
    }

    @Test
    void judgesThePortBeforeAllElse() throws UnknownHostException {
        UdpPolicy closed =
                policy(
                        new UdpLimits(0.001, 0.001, 0, Set.of()),
                        Access.WITHOUT_TRUST.withDeny(Cidr.blocks("", List.of("0.0.0.0/0"))));
        assertThat(judge(closed, "224.0.0.1", 7, 9)).isEqualTo(UdpVerdict.SOURCE_PORT);
        assertThat(judge(closed, "224.0.0.1", CLIENT_PORT, 9)).isEqualTo(UdpVerdict.SOURCE_ADDRESS);
        assertThat(judge(closed, STRANGER, CLIENT_PORT, 9)).isEqualTo(UdpVerdict.DENIED);
        assertThat(judge(closed, "2001:db8::1", CLIENT_PORT, 9)).isEqualTo(UdpVerdict.SIZE);
    }

    @Test
    void dropsWhatIsOverTheLargestSizeForEverybody() throws UnknownHostException {
        UdpPolicy small = policy(new UdpLimits(1e9, 1e9, 512, Set.of()), Access.DEFAULT);
        for (String source : List.of(STRANGER, TRUSTED)) {
            assertThat(judge(small, source, CLIENT_PORT, 512)).isEqualTo(UdpVerdict.ADMITTED);
            assertThat(judge(small, source, CLIENT_PORT, 513)).isEqualTo(UdpVerdict.SIZE);
        }
        UdpPolicy empty = policy(new UdpLimits(1e9, 1e9, 0, Set.of()), Access.DEFAULT);
        assertThat(judge(empty, STRANGER, CLIENT_PORT, 0)).isEqualTo(UdpVerdict.ADMITTED);
        assertThat(judge(empty, STRANGER, CLIENT_PORT, 1)).isEqualTo(UdpVerdict.SIZE);
        assertThat(judge(policy, STRANGER, CLIENT_PORT, 65_527)).isEqualTo(UdpVerdict.ADMITTED);
    }

    @Test
    void limitsAStrangersDatagramsAndBytes() throws UnknownHostException {
        assertThat(admitted(policy, STRANGER, CLIENT_PORT, 1, UdpVerdict.RATE)).isEqualTo(1_000);
        // 699 of 1500 bytes are just under 1 MiB.
        assertThat(admitted(policy, "203.0.113.1", CLIENT_PORT, 1_500, UdpVerdict.BYTES_RATE))
                .isEqualTo(700);
        assertThat(judge(policy, "198.51.100.254", CLIENT_PORT, 1)).isEqualTo(UdpVerdict.RATE);
        assertThat(judge(policy, "198.51.101.1", CLIENT_PORT, 1)).isEqualTo(UdpVerdict.ADMITTED);
    }

    @Test
    void setsNoRateForAClientOnThisHost() throws UnknownHostException {
        for (int i = 0; i < 100_000; i++) {
            assertThat(judge(policy, "127.0.0.1", 32_768 + i % 32_768, 60_000))
                    .isEqualTo(UdpVerdict.ADMITTED);
        }
    }

    @Test
    void answersATrustedClientAThousandTimesAsOften() throws UnknownHostException {
        UdpPolicy small = policy(new UdpLimits(10, 1_000, 65_527, Set.of()), Access.DEFAULT);
        assertThat(admitted(small, TRUSTED, CLIENT_PORT, 1, UdpVerdict.RATE)).isEqualTo(10_000);
        assertThat(admitted(small, "192.168.2.1", CLIENT_PORT, 1_000, UdpVerdict.BYTES_RATE))
                .isEqualTo(1_000);
        assertThat(admitted(small, STRANGER, CLIENT_PORT, 1, UdpVerdict.RATE)).isEqualTo(10);
    }

    @Test
    void takesAnotherRateForTrustedClientsAndAsManyTimesTheBytes() throws UnknownHostException {
        UdpPolicy given =
                policy(
                        new UdpLimits(10, 1_000, OptionalDouble.of(50), 65_527, Set.of()),
                        Access.DEFAULT);
        assertThat(admitted(given, TRUSTED, CLIENT_PORT, 1, UdpVerdict.RATE)).isEqualTo(50);
        assertThat(admitted(given, "192.168.2.1", CLIENT_PORT, 1_000, UdpVerdict.BYTES_RATE))
                .isEqualTo(5);
        UdpPolicy unlimited =
                policy(
                        new UdpLimits(
                                10,
                                1_000,
                                OptionalDouble.of(Double.POSITIVE_INFINITY),
                                65_527,
                                Set.of()),
                        Access.DEFAULT);
        for (int i = 0; i < 100_000; i++) {
            assertThat(judge(unlimited, TRUSTED, CLIENT_PORT, 60_000))
                    .isEqualTo(UdpVerdict.ADMITTED);
        }
    }

    /** A prefix may have both: a gateway and the hosts beside it. */
    @Test
    void keepsTheBudgetOfTrustedSourcesApartFromThatOfStrangers() throws UnknownHostException {
        UdpPolicies policies =
                policies(
                        new UdpLimits(10, 1_000, 65_527, Set.of()),
                        Access.DEFAULT.withTrusted(Cidr.blocks("", List.of("203.0.113.9"))));
        UdpPolicy named = policies.at(US);
        assertThat(admitted(named, "203.0.113.1", CLIENT_PORT, 1, UdpVerdict.RATE)).isEqualTo(10);
        assertThat(admitted(named, "203.0.113.9", CLIENT_PORT, 1, UdpVerdict.RATE))
                .isEqualTo(10_000);
    }

    /** A source that has used its budget at one address has none at another. */
    @Test
    void countsASourceOnceForAllAddresses() throws UnknownHostException {
        UdpPolicies policies = policies(UdpLimits.DEFAULT, Access.DEFAULT);
        assertThat(admitted(policies.at(US), STRANGER, CLIENT_PORT, 1, UdpVerdict.RATE))
                .isEqualTo(1_000);
        assertThat(judge(policies.at(address("10.0.0.1")), STRANGER, CLIENT_PORT, 1))
                .isEqualTo(UdpVerdict.RATE);
    }

    /** One drop ends a loop for ever; a trusted client with an odd port keeps its bytes. */
    @Test
    void keepsATrustedSourceWithAServicesPortUnderTheDatagramRateAlone()
            throws UnknownHostException {
        assertThat(admitted(policy, TRUSTED, 32_767, 60_000, UdpVerdict.RATE)).isEqualTo(1_000);
        assertThat(judge(policy, TRUSTED, 1_024, 1)).isEqualTo(UdpVerdict.RATE);
        assertThat(judge(policy, TRUSTED, 32_768, 1)).isEqualTo(UdpVerdict.ADMITTED);
    }

    /** Also of a source on this host, which has no rate, and of a stranger at both addresses. */
    @Test
    void refusesThe256thOfTheSameFromAServicesPortAlone() throws UnknownHostException {
        UdpPolicies policies = policies(new UdpLimits(1e9, 1e9, 65_527, Set.of()), Access.DEFAULT);
        UdpPolicy[] addresses = {policies.at(US), policies.at(address("10.0.0.1"))};
        for (String source : List.of("127.0.0.1", "::1", TRUSTED, STRANGER)) {
            InetSocketAddress service = new InetSocketAddress(address(source), 32_767);
            InetSocketAddress client = new InetSocketAddress(address(source), 32_768);
            for (int i = 1; i <= 1_024; i++) {
                assertThat(addresses[i % 2].judge(service, CONTENT, 0, 0, NOW))
                        .isEqualTo(i % 256 == 0 ? UdpVerdict.SOURCE_PORT : UdpVerdict.ADMITTED);
                assertThat(addresses[i % 2].judge(client, CONTENT, 0, 0, NOW))
                        .isEqualTo(UdpVerdict.ADMITTED);
            }
        }
    }

    @Test
    void limitsEverybodyWhenNobodyIsTrusted() throws UnknownHostException {
        UdpPolicy untrusting = policy(UdpLimits.DEFAULT, Access.WITHOUT_TRUST);
        for (String source : List.of("127.0.0.1", "::1", TRUSTED)) {
            assertThat(admitted(untrusting, source, CLIENT_PORT, 1, UdpVerdict.RATE))
                    .as(source)
                    .isEqualTo(1_000);
        }
    }

    /** Asks until the first refusal, which must have this reason; how many were admitted. */
    private static int admitted(
            UdpPolicy policy, String source, int port, int length, UdpVerdict refusal)
            throws UnknownHostException {
        for (int admitted = 0; admitted < 100_000; admitted++) {
            UdpVerdict verdict = judge(policy, source, port, length);
            if (verdict != UdpVerdict.ADMITTED) {
                assertThat(verdict).isEqualTo(refusal);
                return admitted;
            }
        }
        throw new AssertionError("never refused");
    }

    private static UdpPolicy policy(UdpLimits limits, Access access) {
        return policies(limits, access).at(US);
    }

    private static UdpPolicies policies(UdpLimits limits, Access access) {
        UdpPolicies policies = new UdpPolicies(limits, new SourceRules(access), new ProbePass());
        policies.refusePort(OUR_PORT);
        return policies;
    }

    private static InetAddress address(String text) {
        try {
            return InetAddress.getByName(text);
        } catch (UnknownHostException e) {
            throw new AssertionError(e);
        }
    }

    private static UdpVerdict judge(UdpPolicy policy, String source, int port, int length)
            throws UnknownHostException {
        InetAddress address = InetAddress.getByName(source);
        CONTENT.setInt(0, CONTENT.getInt(0) + 1);
        return policy.judge(new InetSocketAddress(address, port), CONTENT, 0, length, NOW);
    }
}
