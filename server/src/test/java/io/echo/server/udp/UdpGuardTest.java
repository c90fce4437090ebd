package io.echo.server.udp;

import static org.assertj.core.api.Assertions.assertThat;

import io.echo.net.workarounds.EmptyDatagrams;
import io.echo.server.EchoHandler;
import io.echo.server.KernelChannel;
import io.echo.server.admission.ProbePass;
import io.echo.server.admission.SourceRules;
import io.echo.server.config.ServerConfig;
import io.echo.server.loop.ReceiveBuffers;
import io.echo.server.metrics.Counter;
import io.echo.server.metrics.LoopCounters;
import io.echo.server.metrics.TimeHistogram;
import io.netty.buffer.AbstractByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.socket.DatagramPacket;
import java.io.IOException;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class UdpGuardTest {
    static final InetSocketAddress PEER = new InetSocketAddress("192.0.2.1", 40_000);
    static final InetSocketAddress US = new InetSocketAddress("192.0.2.2", 2_105);

    static final ByteBufAllocator NO_MEMORY =
            new AbstractByteBufAllocator(true) {
                @Override
                protected ByteBuf newHeapBuffer(int initialCapacity, int maxCapacity) {
                    throw new OutOfMemoryError("in this test");
                }

                @Override
                protected ByteBuf newDirectBuffer(int initialCapacity, int maxCapacity) {
                    throw new OutOfMemoryError("in this test");
                }

                @Override
                public boolean isDirectBufferPooled() {
                    return false;
                }
            };

    static final UdpPolicy POLICY =
            new UdpPolicies(
                            ServerConfig.UdpLimits.DEFAULT,
                            new SourceRules(ServerConfig.Access.DEFAULT),
                            new ProbePass())
                    .at(US.getAddress());

    private final LoopCounters counters = new LoopCounters();
    private final KernelChannel channel =
            new KernelChannel(
                    new UdpGuard(POLICY, counters, new TimeHistogram()), new EchoHandler());

    UdpGuardTest() {
        channel.config().setWriteBufferWaterMark(UdpGuard.WATER_MARK);
    }

    @AfterEach
    void close() {
        channel.finishAndReleaseAll();
    }

    @Test
    void answersTheSenderWithTheSameBuffer() {
        ByteBuf content = Unpooled.copiedBuffer(new byte[] {1, 2, 3});
        channel.writeInbound(new DatagramPacket(content, US, PEER));
        DatagramPacket reply = channel.readOutbound();
        assertThat(reply.recipient()).isEqualTo(PEER);
        assertThat(reply.content()).isSameAs(content);
        assertThat(content.refCnt()).isEqualTo(1);
        reply.release();
    }

    @Test
    void dropsWhatComesFromPortZero() {
        ByteBuf content = Unpooled.copiedBuffer(new byte[] {1});
        channel.writeInbound(
                new DatagramPacket(content, US, new InetSocketAddress("192.0.2.1", 0)));
        assertThat(channel.outboundMessages()).isEmpty();
        assertThat(content.refCnt()).isZero();
    }

    @Test
    void flushesOncePerBatch() {
        channel.writeInbound(request(1), request(2), request(3));
        assertThat(channel.flushes()).isEqualTo(1);
        assertThat(channel.outboundMessages()).hasSize(3);
    }

    @Test
    void stopsReadingWhileRepliesCannotLeaveAndGoesOnAfterwards() {
        channel.full(true);
        int batches = 0;
        while (channel.config().isAutoRead()) {
            channel.writeInbound(request(65_507));
            assertThat(++batches).isLessThan(100);
        }
        assertThat(channel.isWritable()).isFalse();
        channel.full(false);
        assertThat(channel.config().isAutoRead()).isTrue();
        assertThat(channel.outboundMessages()).hasSize(batches);
    }

    @Test
    void copiesWhatWillWaitOutOfItsReceiveSlot() {
        channel.full(true);
        DatagramPacket first = request(100);
        DatagramPacket second = request(100);
        channel.writeInbound(first);
        channel.writeInbound(second);
        assertThat(first.refCnt()).isEqualTo(1);
        assertThat(second.refCnt()).as("released, for a copy waits").isZero();
        channel.full(false);
        channel.writeInbound(request(100));
        channel.readOutbound();
        DatagramPacket reply = channel.readOutbound();
        assertThat(reply.content().readableBytes()).isEqualTo(100);
        reply.release();
        first.release();
    }

    @Test
    void countsWhatLeftWhatWaitsAndWhatTheKernelRefused() {
        channel.full(true);
        channel.writeInbound(request(10), request(200), request(3_000));
        assertCounted(Counter.UDP_RECEIVED, 3, Counter.UDP_PENDING, 3);
        assertCounted(Counter.UDP_RECEIVED_BYTES, 3_210, Counter.UDP_PENDING_BYTES, 3_210);
        channel.refuseOne(new IOException("No route to host"));
        channel.full(false);
        channel.writeInbound(request(40_000));
        assertCounted(Counter.UDP_ECHOED, 3, Counter.UDP_DROPPED_SEND, 1);
        assertCounted(Counter.UDP_ECHOED_BYTES, 43_200, Counter.UDP_DROPPED_SEND_BYTES, 10);
        assertCounted(Counter.UDP_PENDING, 0, Counter.UDP_PENDING_BYTES, 0);
    }

    @Test
    void countsWhatWasUnsentAtTheEnd() {
        channel.full(true);
        for (int i = 0; i < 200; i++) {
            channel.writeInbound(request(i));
        }
        channel.close();
        assertCounted(Counter.UDP_DROPPED_CLOSED, 200, Counter.UDP_PENDING, 0);
        assertCounted(Counter.UDP_DROPPED_CLOSED_BYTES, 19_900, Counter.UDP_PENDING_BYTES, 0);
    }

    /** It leaves past the queue or not at all, whatever waits there. */
    @Test
    void dropsAnEmptyDatagramAloneWhenTheSendBufferIsFull() {
        channel.pipeline().addFirst(new EmptyDatagrams(to -> {}));
        channel.full(true);
        channel.writeInbound(request(950), request(0));
        assertCounted(Counter.UDP_DROPPED_SEND, 1, Counter.UDP_DROPPED_SEND_BYTES, 0);
        assertCounted(Counter.UDP_PENDING, 1, Counter.UDP_PENDING_BYTES, 950);
        channel.full(false);
        channel.writeInbound(request(0));
        assertCounted(Counter.UDP_ECHOED, 2, Counter.UDP_ECHOED_BYTES, 950);
        assertThat(channel.outboundMessages()).as("the first, once").hasSize(1);
        channel.releaseOutbound();
    }

    @Test
    void dropsWhatWouldWaitWhenThereIsNoMemoryForIt() {
        channel.full(true);
        channel.writeInbound(request(10));
        channel.config().setAllocator(NO_MEMORY);
        for (int i = 1; i < ReceiveBuffers.BATCH / 2; i++) {
            channel.writeInbound(request(10)); // So many may wait as they are.
        }
        DatagramPacket dropped = request(200);
        channel.writeInbound(dropped, request(950));
        assertCounted(Counter.UDP_DROPPED_SEND, 2, Counter.UDP_DROPPED_SEND_BYTES, 1_150);
        assertCounted(Counter.UDP_RECEIVED, 10, Counter.UDP_PENDING, 8);
        assertThat(dropped.refCnt()).isZero();
        channel.full(false);
        channel.config().setAllocator(ByteBufAllocator.DEFAULT);
        channel.writeInbound(request(30));
        assertCounted(Counter.UDP_ECHOED, 9, Counter.UDP_ECHOED_BYTES, 110);
    }

    /** An error of a read is not counted as the refusal of a reply that has left. */
    @Test
    void takesALackOfMemoryForNoRefusal() {
        channel.full(true);
        channel.writeInbound(request(10));
        channel.full(false);
        channel.pipeline().fireExceptionCaught(new OutOfMemoryError("for a read"));
        channel.writeInbound(request(20));
        assertCounted(Counter.UDP_ECHOED, 2, Counter.UDP_DROPPED_SEND, 0);
    }

    private void assertCounted(Counter one, long first, Counter other, long second) {
        assertThat(counters.get(one)).as("%s", one).isEqualTo(first);
        assertThat(counters.get(other)).as("%s", other).isEqualTo(second);
    }

    static DatagramPacket request(int length) {
        return new DatagramPacket(Unpooled.directBuffer(length).writeZero(length), US, PEER);
    }
}
