package io.echo.client.probe;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProbeTest {
    private static final int RUN = 0xCAFE_BABE;
    private static final int FLOW = 7;
    private static final Probe PROBE = Probe.filled(RUN, FLOW);

    static Stream<Integer> sizes() {
        return Stream.concat(
                IntStream.rangeClosed(32, 80).boxed(), Stream.of(1_400, 1_401, 65_507));
    }

    private static ByteBuf written(Probe probe, long sequence, int length) {
        ByteBuf out = Unpooled.buffer(length);
        probe.write(out, sequence, -1_000, 2_000, length);
        return out;
    }

    @ParameterizedTest
    @MethodSource("sizes")
    void recognisesItsOwn(int length) {
        ByteBuf bytes = written(PROBE, 42, length);
        assertThat(bytes.readableBytes()).isEqualTo(length);
        assertThat(PROBE.judge(bytes, 0, length)).isEqualTo(Probe.Judgement.INTACT);
        assertThat(Probe.sequence(bytes, 0)).isEqualTo(42);
        assertThat(Probe.intendedNs(bytes, 0)).isEqualTo(-1_000);
        assertThat(Probe.queuedNs(bytes, 0)).isEqualTo(2_000);
    }

    @ParameterizedTest
    @MethodSource("sizes")
    void findsEveryFlippedByte(int length) {
        ByteBuf bytes = written(PROBE, 42, length);
        int step = length > 2_000 ? 97 : 1;
        for (int at = 0; at < length; at += step) {
            bytes.setByte(at, ~bytes.getByte(at));
            Probe.Judgement expected = at < 4 ? Probe.Judgement.FOREIGN : Probe.Judgement.CORRUPT;
            assertThat(PROBE.judge(bytes, 0, length)).as("byte %d", at).isEqualTo(expected);
            bytes.setByte(at, ~bytes.getByte(at));
        }
        assertThat(PROBE.judge(bytes, 0, length)).isEqualTo(Probe.Judgement.INTACT);
    }

    @Test
    void findsEveryFlippedBit() {
        ByteBuf bytes = written(PROBE, 3, 64);
        for (int bit = 0; bit < 64 * Byte.SIZE; bit++) {
            int at = bit / Byte.SIZE;
            bytes.setByte(at, bytes.getByte(at) ^ 1 << bit % Byte.SIZE);
            assertThat(PROBE.judge(bytes, 0, 64)).isNotEqualTo(Probe.Judgement.INTACT);
            bytes.setByte(at, bytes.getByte(at) ^ 1 << bit % Byte.SIZE);
        }
    }

    @Test
    void findsEveryCutAndEveryAddition() {
        ByteBuf bytes = written(PROBE, 42, 200);
        for (int length = 0; length < 200; length++) {
            assertThat(PROBE.judge(bytes, 0, length))
                    .isEqualTo(length < 16 ? Probe.Judgement.FOREIGN : Probe.Judgement.CORRUPT);
        }
        bytes.writeZero(60);
        assertThat(PROBE.judge(bytes, 0, 208)).isEqualTo(Probe.Judgement.CORRUPT);
    }

    @Test
    void findsTheFillOfAnotherProbe() {
        ByteBuf bytes = written(PROBE, 1, 64);
        bytes.setBytes(32, written(PROBE, 2, 64), 32, 32);
        assertThat(PROBE.judge(bytes, 0, 64)).isEqualTo(Probe.Judgement.CORRUPT);
    }

    @Test
    void takesProbesOfOtherRunsAndFlowsForForeign() {
        ByteBuf otherFlow = written(Probe.filled(RUN, FLOW + 1), 1, 64);
        ByteBuf otherRun = written(Probe.filled(RUN + 1, FLOW), 1, 64);
        assertThat(PROBE.judge(otherFlow, 0, 64)).isEqualTo(Probe.Judgement.FOREIGN);
        assertThat(PROBE.judge(otherRun, 0, 64)).isEqualTo(Probe.Judgement.FOREIGN);
        assertThat(PROBE.judge(Unpooled.EMPTY_BUFFER, 0, 0)).isEqualTo(Probe.Judgement.FOREIGN);
    }

    @Test
    void carriesAPayloadInsteadOfItsFill() {
        ByteBuf payload = Unpooled.wrappedBuffer("what the user sends".getBytes());
        Probe probe = Probe.carrying(RUN, FLOW, payload);
        ByteBuf bytes = written(probe, 5, 32 + payload.readableBytes());
        assertThat(bytes.toString(32, 4, java.nio.charset.StandardCharsets.US_ASCII))
                .isEqualTo("what");
        assertThat(probe.judge(bytes, 0, bytes.readableBytes())).isEqualTo(Probe.Judgement.INTACT);
        bytes.setByte(40, 0);
        assertThat(probe.judge(bytes, 0, bytes.readableBytes())).isEqualTo(Probe.Judgement.CORRUPT);
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 2_147_483_647L, 2_147_483_648L, 5_000_000_000L, 3_600_000_000_000L})
    void saysWhenItWasQueuedHoweverLate(long lateNs) {
        ByteBuf bytes = Unpooled.buffer(32);
        PROBE.write(bytes, 0, 7, 7 + lateNs, 32);
        long coarseNs = lateNs <= Integer.MAX_VALUE ? 0 : 1 << 20;
        assertThat(Probe.queuedNs(bytes, 0)).isBetween(7 + lateNs - coarseNs, 7 + lateNs);
        assertThat(PROBE.judge(bytes, 0, 32)).isEqualTo(Probe.Judgement.INTACT);
    }
}
