package io.echo.server.proxy;

import static io.echo.server.proxy.Headers.LOCAL;
import static io.echo.server.proxy.Headers.PROXY;
import static io.echo.server.proxy.Headers.TCP4;
import static io.echo.server.proxy.Headers.UDP4;
import static io.echo.server.proxy.Headers.addresses;
import static io.echo.server.proxy.Headers.field;
import static io.echo.server.proxy.Headers.join;
import static io.echo.server.proxy.Headers.tcp;
import static io.echo.server.proxy.Headers.udp;
import static io.echo.server.proxy.Headers.v1;
import static io.echo.server.proxy.Headers.v2;
import static io.echo.server.proxy.NettyHeaders.nettys;
import static io.echo.server.proxy.NettyHeaders.ours;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ProxyHeaderTest {
    private static final byte[] CLIENT = addresses("203.0.113.9", 40_000);

    /** Headers of every kind, some of them wrong. */
    private static final List<byte[]> SEEDS =
            List.of(
                    udp("203.0.113.9", 40_000),
                    udp("2001:db8::5", 65_535),
                    tcp("255.255.255.255", 0),
                    tcp("::ffff:203.0.113.9", 1),
                    Headers.local(),
                    v2(LOCAL, TCP4, CLIENT),
                    v2(LOCAL, 0xFF, CLIENT, CLIENT),
                    v2(PROXY, 0, CLIENT),
                    v2(PROXY, 0x31, new byte[216]),
                    v2(PROXY, 0x32, new byte[215]),
                    v2(PROXY, UDP4, CLIENT, field(4), field(0xE0, new byte[700])),
                    v2(PROXY, UDP4, CLIENT, field(0x20, new byte[5]), field(2, (byte) 'a')),
                    v2(PROXY, UDP4, CLIENT, field(0x20), new byte[] {1, 2}),
                    v2(PROXY, UDP4, CLIENT, new byte[] {4, 0, 99, 1, 2, 3}),
                    v2(PROXY, UDP4, Arrays.copyOf(CLIENT, 11)),
                    v2(PROXY, 0x10, CLIENT),
                    v2(PROXY, 0x13, CLIENT),
                    v2(PROXY, 0x41, CLIENT),
                    v2(0x22, UDP4, CLIENT),
                    v2(0x11, UDP4, CLIENT),
                    v1("203.0.113.9", 40_000),
                    v1("2001:db8::5", 1),
                    join(udp("192.0.2.1", 1), udp("192.0.2.2", 2), Headers.local()),
                    new byte[0],
                    new byte[40]);

    @Test
    void readsTheClientWhateverItsProtocol() {
        assertThat(ours(udp("203.0.113.9", 40_000))).isEqualTo("28 203.0.113.9 40000");
        assertThat(ours(tcp("203.0.113.9", 40_000))).isEqualTo("28 203.0.113.9 40000");
        assertThat(ours(join(udp("2001:db8::5", 7), new byte[9]))).isEqualTo("52 2001:db8::5 7");
        // As mapped into IPv6, it is the same client.
        assertThat(ours(v2(PROXY, 0x22, mapped(203, 0, 113, 9), new byte[20])))
                .isEqualTo("52 203.0.113.9 0");
    }

    @Test
    void takesTheBalancerForItselfWhereNoClientIsNamed() {
        assertThat(ours(Headers.local())).isEqualTo("16 itself");
        assertThat(ours(v2(LOCAL, UDP4, CLIENT))).isEqualTo("28 itself");
        assertThat(ours(v2(PROXY, 0, CLIENT))).isEqualTo("28 itself");
        assertThat(ours(v2(PROXY, 0x32, new byte[216]))).isEqualTo("232 itself");
    }

    @Test
    void skipsAdditionalFieldsByTheLengthOfTheHeader() {
        byte[] fields = field(0xE0, new byte[60_000]);
        assertThat(ours(join(v2(PROXY, UDP4, CLIENT, fields), new byte[5])))
                .isEqualTo("60031 203.0.113.9 40000");
    }

    @Test
    void refusesWhatIsNotWholeAndRight() {
        byte[] right = udp("203.0.113.9", 40_000);
        for (int length = 0; length < right.length; length++) {
            assertThat(ours(Arrays.copyOf(right, length))).as("%d bytes", length).isEqualTo("none");
        }
        for (int i = 0; i < 14; i++) {
            byte[] wrong = right.clone();
            wrong[i] ^= 0x40;
            assertThat(ours(wrong)).as("byte %d", i).isEqualTo("none");
        }
        assertThat(ours(v2(PROXY, UDP4, Arrays.copyOf(CLIENT, 11)))).isEqualTo("none");
        assertThat(ours(join(new byte[1], right))).isEqualTo("none");
    }

    /** Netty takes version 1, waits for more, and takes one header whatever follows. */
    @Test
    void differsFromNettyOnPurpose() {
        byte[] text = v1("203.0.113.9", 40_000);
        assertThat(nettys(text)).isEqualTo(text.length + " 203.0.113.9 40000");
        assertThat(ours(text)).isEqualTo("none");

        byte[] one = udp("203.0.113.9", 40_000);
        assertThat(ours(join(one, one, one, one))).isEqualTo("28 203.0.113.9 40000");
        assertThat(nettys(join(one, one, one, one, one))).isEqualTo("28 203.0.113.9 40000");
        assertThat(ours(join(one, one, one, one, one))).isEqualTo("none");

        byte[] broken = v2(PROXY, UDP4, CLIENT, field(0x20), new byte[] {1, 2});
        assertThat(nettys(broken)).isEqualTo("none");
        assertThat(ours(broken)).isEqualTo("33 203.0.113.9 40000");
    }

    @Test
    void saysWhatNettySaysOfAnyHeader() {
        SEEDS.forEach(NettyHeaders::assertAgree);
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        for (int i = 0; i < 20_000; i++) {
            byte[] mutated = mutated(random);
            try {
                NettyHeaders.assertAgree(mutated);
            } catch (AssertionError e) {
                throw new AssertionError("seed " + seed + ", datagram " + i, e);
            }
        }
    }

    /** One or two seeds in a row, some bytes changed, most often of the fixed fields, and cut. */
    private static byte[] mutated(Random random) {
        byte[] bytes = SEEDS.get(random.nextInt(SEEDS.size())).clone();
        for (int i = random.nextInt(4); i > 0 && bytes.length > 0; i--) {
            int most = random.nextInt(4) == 0 ? bytes.length : Math.min(bytes.length, 16);
            int at =
                    most < 13 ? random.nextInt(most) : most - 1 - random.nextInt(most - 12 + 1) % 4;
            bytes[at] = (byte) (random.nextBoolean() ? random.nextInt() : bytes[at] + 1);
        }
        if (random.nextInt(3) == 0) {
            bytes = join(bytes, SEEDS.get(random.nextInt(SEEDS.size())));
        }
        return random.nextInt(4) == 0
                ? Arrays.copyOf(bytes, random.nextInt(bytes.length + 1))
                : bytes;
    }

    private static byte[] mapped(int... octets) {
        byte[] address = new byte[16];
        address[10] = (byte) 0xFF;
        address[11] = (byte) 0xFF;
        for (int i = 0; i < 4; i++) {
            address[12 + i] = (byte) octets[i];
        }
        return address;
    }
}
