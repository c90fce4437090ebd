package io.echo.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.DatagramPacket;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class UdpGuardTest {
    private static final InetSocketAddress PEER = new InetSocketAddress("192.0.2.1", 40_000);
    private static final InetSocketAddress US = new InetSocketAddress("192.0.2.2", 2_105);

    private final FlushGate gate = new FlushGate();
    private final EmbeddedChannel channel =
            new EmbeddedChannel(gate, new UdpGuard(), EchoHandler.INSTANCE);

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
        assertThat(gate.flushes).isEqualTo(1);
        assertThat(channel.outboundMessages()).hasSize(3);
    }

    @Test
    void stopsReadingWhileRepliesCannotLeaveAndGoesOnAfterwards() {
        gate.open = false;
        int batches = 0;
        while (channel.config().isAutoRead()) {
            channel.writeInbound(request(65_507));
            assertThat(++batches).isLessThan(100);
        }
        assertThat(channel.isWritable()).isFalse();
        gate.open = true;
        channel.flush();
        assertThat(channel.config().isAutoRead()).isTrue();
        assertThat(channel.outboundMessages()).hasSize(batches);
    }

    @Test
    void copiesWhatWillWaitOutOfItsReceiveSlot() {
        gate.open = false;
        DatagramPacket first = request(100);
        DatagramPacket second = request(100);
        channel.writeInbound(first);
        channel.writeInbound(second);
        assertThat(first.refCnt()).isEqualTo(1);
        assertThat(second.refCnt()).as("released, for a copy waits").isZero();
        gate.open = true;
        channel.flush();
        channel.writeInbound(request(100));
        channel.readOutbound();
        DatagramPacket reply = channel.readOutbound();
        assertThat(reply.content().readableBytes()).isEqualTo(100);
        reply.release();
        first.release();
    }

    private static DatagramPacket request(int length) {
        return new DatagramPacket(Unpooled.directBuffer(length).writeZero(length), US, PEER);
    }

    /** The kernel: takes what is flushed, or nothing. */
    private static final class FlushGate extends ChannelOutboundHandlerAdapter {
        private boolean open = true;
        private int flushes;

        @Override
        public void flush(ChannelHandlerContext ctx) {
            flushes++;
            if (open) {
                ctx.flush();
            }
        }
    }
}
