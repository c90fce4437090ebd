package io.echo.server.udp;

import static org.assertj.core.api.Assertions.assertThat;

import io.echo.net.workarounds.EmptyDatagrams;
import io.echo.server.EchoHandler;
import io.echo.server.KernelChannel;
import io.echo.server.Trains;
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
import io.netty.channel.unix.SegmentedDatagramPacket;
import java.io.IOException;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class UdpGuardTest {
    private static final InetSocketAddress PEER = new InetSocketAddress("192.0.2.1", 40_000);
    private static final InetSocketAddress US = new InetSocketAddress("192.0.2.2", 2_105);

    private static final ByteBufAllocator NO_MEMORY =
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

    private static final UdpPolicy POLICY =
            new UdpPolicy(
                    ServerConfig.UdpLimits.DEFAULT,
                    new SourceRules(ServerConfig.Access.DEFAULT),
                    new ProbePass());

    private final LoopCounters cells = new LoopCounters();
    private final KernelChannel channel =
            new KernelChannel(
                    new UdpGuard(POLICY, cells, new TimeHistogram(), false), new EchoHandler());

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

    /** Equal ones of one sender, and a shorter one behind them; nothing else. */
    @Test
    void answersDatagramsThatCouldBeATrainAsOne() {
        ReceiveBuffers buffers = new ReceiveBuffers(channel.eventLoop(), false);
        KernelChannel joining =
                new KernelChannel(
                        new UdpGuard(POLICY, cells, new TimeHistogram(), true), new EchoHandler());
        InetSocketAddress other = new InetSocketAddress("192.0.2.1", 40_001);
        int[] lengths = {10, 10, 10, 4, 4, 20, 0, 0, 20, 20, 1_453, 1_453, 30, 30, 30};
        Object[] batch = new Object[lengths.length];
        for (int i = 0; i < lengths.length; i++) {
            ByteBuf content = Trains.received(buffers, lengths[i], 65_507);
            batch[i] = new DatagramPacket(content, US, i == 13 ? other : PEER);
        }
        joining.writeInbound(batch);
        assertThat(joining.outboundMessages())
                .extracting(
                        message -> {
                            int all = ((DatagramPacket) message).content().readableBytes();
                            return message instanceof SegmentedDatagramPacket train
                                    ? all + "/" + train.segmentSize()
                                    : String.valueOf(all);
                        })
                .containsExactly(
                        "34/10", "4", "20", "0", "0", "40/20", "1453", "1453", "30", "30", "30");
        assertCounted(Counter.UDP_RECEIVED, 15, Counter.UDP_ECHOED, 15);
        assertCounted(Counter.UDP_RECEIVED_BYTES, 3_094, Counter.UDP_ECHOED_BYTES, 3_094);
        joining.finishAndReleaseAll();
        buffers.close();
    }

    @Test
    void resendsARefusedTrainDatagramByDatagram() {
        ReceiveBuffers buffers = new ReceiveBuffers(channel.eventLoop(), false);
        ByteBuf train = Trains.received(buffers, 950, 100);
        channel.full(true);
        channel.writeInbound(request(7), new DatagramPacket(train, US, PEER), request(8));
        assertCounted(Counter.UDP_RECEIVED, 12, Counter.UDP_PENDING, 12);
        channel.takeSome(1);
        channel.refuseOne(new IOException("Message too long"));
        channel.refuseOne(new IOException("No route to host")); // The one behind the train.
        channel.takeSome(9);
        channel.refuseOne(new IOException("No route to host")); // The last of the train.
        channel.full(false);
        channel.writeInbound(request(9));
        assertCounted(Counter.UDP_ECHOED, 11, Counter.UDP_ECHOED_BYTES, 7 + 900 + 9);
        assertCounted(Counter.UDP_DROPPED_SEND, 2, Counter.UDP_DROPPED_SEND_BYTES, 8 + 50);
        assertCounted(Counter.UDP_PENDING, 0, Counter.UDP_PENDING_BYTES, 0);
        assertThat(channel.outboundMessages())
                .extracting(message -> ((DatagramPacket) message).content().readableBytes())
                .containsExactly(7, 100, 100, 100, 100, 100, 100, 100, 100, 100, 9);
        channel.releaseOutbound();
        assertThat(train.refCnt()).isZero();
        buffers.close();
    }

    /** It leaves past the queue or not at all, whatever waits there. */
    @Test
    void dropsAnEmptyDatagramAloneWhenTheSendBufferIsFull() {
        ReceiveBuffers buffers = new ReceiveBuffers(channel.eventLoop(), false);
        channel.pipeline().addFirst(new EmptyDatagrams(to -> {}));
        channel.full(true);
        channel.writeInbound(
                new DatagramPacket(Trains.received(buffers, 950, 100), US, PEER), request(0));
        assertCounted(Counter.UDP_DROPPED_SEND, 1, Counter.UDP_DROPPED_SEND_BYTES, 0);
        assertCounted(Counter.UDP_PENDING, 10, Counter.UDP_PENDING_BYTES, 950);
        channel.full(false);
        channel.writeInbound(request(0));
        assertCounted(Counter.UDP_ECHOED, 11, Counter.UDP_ECHOED_BYTES, 950);
        assertThat(channel.outboundMessages()).as("the train, once").hasSize(1);
        channel.releaseOutbound();
        buffers.close();
    }

    @Test
    void dropsWhatWouldWaitWhenThereIsNoMemoryForIt() {
        ReceiveBuffers buffers = new ReceiveBuffers(channel.eventLoop(), false);
        channel.full(true);
        channel.writeInbound(request(10));
        channel.config().setAllocator(NO_MEMORY);
        for (int i = 1; i < ReceiveBuffers.BATCH / 2; i++) {
            channel.writeInbound(request(10)); // So many may wait as they are.
        }
        ByteBuf train = Trains.received(buffers, 950, 100);
        channel.writeInbound(request(200), new DatagramPacket(train, US, PEER));
        assertCounted(Counter.UDP_DROPPED_SEND, 11, Counter.UDP_DROPPED_SEND_BYTES, 1_150);
        assertCounted(Counter.UDP_RECEIVED, 19, Counter.UDP_PENDING, 8);
        assertThat(train.refCnt()).isZero();
        channel.full(false);
        channel.config().setAllocator(ByteBufAllocator.DEFAULT);
        channel.writeInbound(request(30));
        assertCounted(Counter.UDP_ECHOED, 9, Counter.UDP_ECHOED_BYTES, 110);
        buffers.close();
    }

    /** What goes wrong with a read is not taken for the refusal of a reply that has left. */
    @Test
    void takesALackOfMemoryForNoRefusal() {
        channel.full(true);
        channel.writeInbound(request(10));
        channel.full(false);
        channel.pipeline().fireExceptionCaught(new OutOfMemoryError("for a read"));
        channel.writeInbound(request(20));
        assertCounted(Counter.UDP_ECHOED, 2, Counter.UDP_DROPPED_SEND, 0);
    }

    /** It can only be forged, or late; the prober takes no notice of the answer. */
    @Test
    void countsATrainFromTheAddressOfTheProbeAsAnyOther() {
        ProbePass pass = new ProbePass();
        UdpPolicy policy =
                new UdpPolicy(
                        ServerConfig.UdpLimits.DEFAULT,
                        new SourceRules(ServerConfig.Access.DEFAULT),
                        pass);
        pass.give(PEER);
        KernelChannel probed =
                new KernelChannel(
                        new UdpGuard(policy, cells, new TimeHistogram(), true), new EchoHandler());
        ReceiveBuffers buffers = new ReceiveBuffers(channel.eventLoop(), false);
        probed.writeInbound(new DatagramPacket(Trains.received(buffers, 950, 100), US, PEER));
        assertCounted(Counter.UDP_RECEIVED, 10, Counter.UDP_ECHOED, 10);
        assertThat(probed.outboundMessages()).hasSize(1);
        probed.finishAndReleaseAll();
        buffers.close();
    }

    private void assertCounted(Counter one, long first, Counter other, long second) {
        assertThat(cells.get(one)).as("%s", one).isEqualTo(first);
        assertThat(cells.get(other)).as("%s", other).isEqualTo(second);
    }

    private static DatagramPacket request(int length) {
        return new DatagramPacket(Unpooled.directBuffer(length).writeZero(length), US, PEER);
    }
}
