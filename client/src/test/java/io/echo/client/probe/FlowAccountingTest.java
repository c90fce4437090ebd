package io.echo.client.probe;

import static org.assertj.core.api.Assertions.assertThat;

import io.echo.net.Protocol;
import io.echo.net.Transport;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The meaning of datagrams that match no probe as they are. */
class FlowAccountingTest implements Flow.Events {
    private static final int BYTES = 64;
    private static final int RUN = 0x5EED_0001;
    private static final long INTENDED_NS = System.nanoTime();

    private final FlowConfig config =
            FlowConfig.of(
                    Transport.NIO,
                    Protocol.UDP,
                    new InetSocketAddress("127.0.0.1", 9),
                    RUN,
                    ProbeSizes.fixed(BYTES),
                    3_600_000_000_000L);
    private final LoopBuffers buffers = LoopBuffers.of(Protocol.UDP, BYTES);
    private final FlowAccounting account = new FlowAccounting(config, buffers, this);
    private final List<Flow.Kind> kinds = new ArrayList<>();
    private long sequence;

    @Override
    public void replied(Flow flow, Flow.Kind kind, long sequence, int bytes, long roundTripNs) {
        kinds.add(kind);
        this.sequence = sequence;
    }

    @Test
    void eachByteOfTheHeaderOfAProbeInFlightMayBeFlippedAndIsCorrupted() {
        send();
        ByteBuf probe = send();
        for (int at = 0; at < Probe.HEADER_BYTES; at++) {
            ByteBuf reply = probe.copy();
            reply.setByte(at, ~reply.getByte(at));
            assertThat(judge(reply)).as("byte %d", at).isEqualTo(Flow.Kind.CORRUPTED);
        }
        assertThat(judge(probe)).isEqualTo(Flow.Kind.RECEIVED);
        assertThat(judge(probe)).isEqualTo(Flow.Kind.DUPLICATED);
    }

    @Test
    void sixteenBitsOfTheRunAreAlmostOursAndSeventeenAreNot() {
        ByteBuf probe = send();
        assertThat(judge(probe.copy().setInt(0, RUN ^ 0x0000_FFFF))).isEqualTo(Flow.Kind.CORRUPTED);
        assertThat(judge(probe.copy().setInt(0, RUN ^ 0x0001_FFFF))).isEqualTo(Flow.Kind.FOREIGN);
    }

    @Test
    void aReplyThatNamesAnotherProbeCountsForItsOwn() {
        send();
        // Its time differs in more bits than those of a damaged header may.
        long laterNs = INTENDED_NS ^ 0x00AA_AAAA_AAAAL;
        ByteBuf probe = account.send(Unpooled.buffer(BYTES), laterNs, true);
        assertThat(judge(probe.copy().setLong(8, 0))).isEqualTo(Flow.Kind.CORRUPTED);
        assertThat(sequence).isEqualTo(1);
        int last = BYTES - 1;
        assertThat(judge(probe.copy().setByte(last, ~probe.getByte(last))))
                .isEqualTo(Flow.Kind.CORRUPTED);
        assertThat(sequence).isEqualTo(1);
        assertThat(judge(probe)).isEqualTo(Flow.Kind.RECEIVED);
        assertThat(judge(probe.copy().setLong(8, 0))).isEqualTo(Flow.Kind.CORRUPTED);
        assertThat(sequence).isZero();
    }

    @Test
    void aForeignReplyOfTheWarmUpIsNotCounted() {
        ByteBuf nothing = Unpooled.buffer();
        buffers.startPhaseAt(System.nanoTime() + 3_600_000_000_000L);
        assertThat(judge(nothing)).isEqualTo(Flow.Kind.FOREIGN);
        assertThat(buffers.measured().foreign()).isZero();
        buffers.startPhaseAt(System.nanoTime());
        assertThat(judge(nothing)).isEqualTo(Flow.Kind.FOREIGN);
        assertThat(buffers.measured().foreign()).isEqualTo(1);
    }

    @Test
    void anotherLengthOrAnAnsweredProbeIsNotAlmostOurs() {
        ByteBuf probe = send();
        ByteBuf flipped = probe.copy().setInt(0, RUN ^ 1);
        assertThat(judge(flipped.copy(0, BYTES - 1))).isEqualTo(Flow.Kind.FOREIGN);
        assertThat(judge(flipped.copy(0, 20))).isEqualTo(Flow.Kind.FOREIGN);
        assertThat(judge(probe)).isEqualTo(Flow.Kind.RECEIVED);
        assertThat(judge(flipped)).isEqualTo(Flow.Kind.FOREIGN);
    }

    @Test
    void aReplyOfAnEarlierRunIsForeignHoweverAlikeTheRunsAre() {
        send();
        for (int bit = 0; bit < Integer.SIZE; bit++) {
            ByteBuf reply = Unpooled.buffer(BYTES);
            Probe.filled(RUN ^ 1 << bit, 0)
                    .write(reply, 0, INTENDED_NS, INTENDED_NS + 1_000, BYTES);
            assertThat(judge(reply)).as("bit %d", bit).isEqualTo(Flow.Kind.FOREIGN);
        }
    }

    private ByteBuf send() {
        return account.send(Unpooled.buffer(BYTES), INTENDED_NS, true);
    }

    private Flow.Kind judge(ByteBuf reply) {
        kinds.clear();
        account.replied(null, reply);
        assertThat(kinds).hasSize(1);
        return kinds.get(0);
    }
}
