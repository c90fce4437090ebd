package io.echo.server.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import io.echo.server.EchoHandler;
import io.echo.server.KernelChannel;
import io.echo.server.metrics.Counter;
import io.echo.server.metrics.LoopCounters;
import io.echo.server.metrics.TimeHistogram;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TcpGuardTest {
    private final LoopCounters counters = new LoopCounters();
    private final KernelChannel channel =
            new KernelChannel(
                    new TcpGuard(counters, new TimeHistogram(), AckWatch.unavailable()),
                    new EchoHandler());

    TcpGuardTest() {
        channel.config().setWriteBufferWaterMark(TcpGuard.WATER_MARK);
    }

    @AfterEach
    void close() {
        channel.finishAndReleaseAll();
    }

    @Test
    void echoesTheSameBuffer() {
        ByteBuf bytes = Unpooled.copiedBuffer(new byte[] {1, 2, 3});
        channel.writeInbound(bytes);
        ByteBuf reply = channel.readOutbound();
        assertThat(reply).isSameAs(bytes);
        assertThat(reply.refCnt()).isEqualTo(1);
        reply.release();
    }

    @Test
    void stopsReadingInTheMiddleOfABatchWhenThePeerDoesNotDrain() {
        channel.full(true);
        int reads = 0;
        while (channel.config().isAutoRead()) {
            channel.writeOneInbound(Unpooled.directBuffer(16_384).writeZero(16_384));
            assertThat(++reads).isLessThan(10);
        }
        channel.full(false);
        assertThat(channel.config().isAutoRead()).isTrue();
        assertThat(channel.outboundMessages()).hasSize(reads);
    }

    /** Each costs more heap than it has bytes. */
    @Test
    void stopsReadingBehindManySmallWrites() {
        channel.full(true);
        int reads = 0;
        while (channel.config().isAutoRead()) {
            channel.writeOneInbound(Unpooled.directBuffer(1).writeZero(1));
            assertThat(++reads).isLessThanOrEqualTo(TcpGuard.MAX_WRITES);
        }
        assertThat(reads).isEqualTo(TcpGuard.MAX_WRITES);
        channel.takeSome(TcpGuard.MAX_WRITES / 2 - 1);
        channel.runPendingTasks();
        assertThat(channel.config().isAutoRead()).isFalse();
        channel.takeSome(1);
        channel.runPendingTasks();
        assertThat(channel.config().isAutoRead()).isTrue();
        channel.full(false);
        assertThat(channel.outboundMessages()).hasSize(reads);
        channel.releaseOutbound();
    }

    @Test
    void copiesWhatWillWaitOutOfAReceiveSlotThatIsMostlyEmpty() {
        channel.full(true);
        ByteBuf first = Unpooled.directBuffer(65_535).writeZero(100);
        ByteBuf second = Unpooled.directBuffer(65_535).writeZero(100);
        ByteBuf mostlyFull = Unpooled.directBuffer(65_535).writeZero(65_000);
        channel.writeInbound(first);
        channel.writeInbound(second);
        channel.writeInbound(mostlyFull);
        assertThat(first.refCnt()).as("nothing waited yet").isEqualTo(1);
        assertThat(second.refCnt()).as("released, for a copy waits").isZero();
        assertThat(mostlyFull.refCnt()).isEqualTo(1);
        channel.full(false);
        assertThat(channel.outboundMessages())
                .extracting(reply -> ((ByteBuf) reply).readableBytes())
                .containsExactly(100, 100, 65_000);
        channel.releaseOutbound();
    }

    @Test
    void closesBehindWhatIsQueuedWhenThePeerHasFinished() {
        channel.full(true);
        channel.writeInbound(Unpooled.copiedBuffer(new byte[100]));
        channel.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
        assertThat(channel.isOpen()).isTrue();
        channel.full(false);
        assertThat(channel.isOpen()).isFalse();
        assertThat(channel.<ByteBuf>readOutbound().readableBytes()).isEqualTo(100);
    }

    @Test
    void endsTheConnectionWhenAWriteIsLost() {
        channel.full(true);
        channel.writeInbound(
                Unpooled.copiedBuffer(new byte[10]), Unpooled.copiedBuffer(new byte[20]));
        channel.refuseOne(new IOException("in the middle of a stream"));
        assertThat(channel.isOpen()).isFalse();
        assertThat(counters.get(Counter.TCP_DROPPED_CLOSED)).isEqualTo(30);
        assertThat(counters.get(Counter.TCP_CLOSED_RESET)).isEqualTo(1);
    }

    @Test
    void closesQuietlyOnAReset() {
        channel.pipeline().fireExceptionCaught(new IOException("Connection reset by peer"));
        channel.checkException();
        assertThat(channel.isOpen()).isFalse();
    }
}
