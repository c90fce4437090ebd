package io.echo.server.udp;

import static org.assertj.core.api.Assertions.assertThat;

import io.echo.net.workarounds.EmptyDatagrams;
import io.echo.server.EchoHandler;
import io.echo.server.KernelChannel;
import io.echo.server.Trains;
import io.echo.server.admission.ProbePass;
import io.echo.server.admission.SourceRules;
import io.echo.server.config.Cidr;
import io.echo.server.config.ServerConfig;
import io.echo.server.loop.ReceiveBuffers;
import io.echo.server.metrics.Counter;
import io.echo.server.metrics.LoopCounters;
import io.echo.server.metrics.TimeHistogram;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.socket.DatagramPacket;
import io.netty.channel.unix.SegmentedDatagramPacket;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.OptionalDouble;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TrainGuardTest {
    private final LoopCounters counters = new LoopCounters();
    private final KernelChannel channel =
            new KernelChannel(
                    new TrainGuard(UdpGuardTest.POLICY, counters, new TimeHistogram()),
                    new EchoHandler());
    private final ReceiveBuffers buffers = new ReceiveBuffers(channel.eventLoop(), false);

    TrainGuardTest() {
        channel.config().setWriteBufferWaterMark(UdpGuard.WATER_MARK);
    }

    @AfterEach
    void close() {
        channel.finishAndReleaseAll();
        buffers.close();
    }

    /** Equal ones of one sender, and a shorter one behind them; nothing else. */
    @Test
    void answersDatagramsThatCouldBeATrainAsATrain() {
        InetSocketAddress other = new InetSocketAddress("192.0.2.1", 40_001);
        int[] lengths = {10, 10, 10, 4, 4, 20, 0, 0, 20, 20, 1_453, 1_453, 30, 30, 30};
        Object[] batch = new Object[lengths.length];
        for (int i = 0; i < lengths.length; i++) {
            ByteBuf content = Trains.datagram(buffers, lengths[i]);
            batch[i] =
                    new DatagramPacket(
                            content, UdpGuardTest.US, i == 13 ? other : UdpGuardTest.PEER);
        }
        channel.writeInbound(batch);
        assertThat(channel.outboundMessages())
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
    }

    @Test
    void resendsARefusedTrainDatagramByDatagram() {
        ByteBuf train = Trains.received(buffers, 950, 100);
        channel.full(true);
        channel.writeInbound(
                UdpGuardTest.request(7),
                new DatagramPacket(train, UdpGuardTest.US, UdpGuardTest.PEER),
                UdpGuardTest.request(8));
        assertCounted(Counter.UDP_RECEIVED, 12, Counter.UDP_PENDING, 12);
        channel.takeSome(1);
        channel.refuseOne(new IOException("Message too long"));
        channel.refuseOne(new IOException("No route to host")); // The one behind the train.
        channel.takeSome(9);
        channel.refuseOne(new IOException("No route to host")); // The last of the train.
        channel.full(false);
        channel.writeInbound(UdpGuardTest.request(9));
        assertCounted(Counter.UDP_ECHOED, 11, Counter.UDP_ECHOED_BYTES, 7 + 900 + 9);
        assertCounted(Counter.UDP_DROPPED_SEND, 2, Counter.UDP_DROPPED_SEND_BYTES, 8 + 50);
        assertCounted(Counter.UDP_PENDING, 0, Counter.UDP_PENDING_BYTES, 0);
        assertThat(channel.outboundMessages())
                .extracting(message -> ((DatagramPacket) message).content().readableBytes())
                .containsExactly(7, 100, 100, 100, 100, 100, 100, 100, 100, 100, 9);
        channel.releaseOutbound();
        assertThat(train.refCnt()).isZero();
    }

    /** It can only be forged, or late; the prober takes no notice of the answer. */
    @Test
    void countsATrainFromTheAddressOfTheProbeAsAnyOther() {
        ProbePass pass = new ProbePass();
        UdpPolicy policy =
                new UdpPolicies(
                                ServerConfig.UdpLimits.DEFAULT,
                                new SourceRules(ServerConfig.Access.DEFAULT),
                                pass)
                        .at(UdpGuardTest.US.getAddress());
        pass.grant(UdpGuardTest.PEER);
        KernelChannel probed =
                new KernelChannel(
                        new TrainGuard(policy, counters, new TimeHistogram()), new EchoHandler());
        probed.writeInbound(
                new DatagramPacket(
                        Trains.received(buffers, 950, 100), UdpGuardTest.US, UdpGuardTest.PEER));
        assertCounted(Counter.UDP_RECEIVED, 10, Counter.UDP_ECHOED, 10);
        assertThat(probed.outboundMessages()).hasSize(1);
        probed.finishAndReleaseAll();
    }

    /** Whole trains: as a single datagram may, the last admitted one may exceed the rate. */
    @Test
    void chargesATrainOfATrustedSourceToItsOwnRate() {
        UdpPolicy policy =
                new UdpPolicies(
                                new ServerConfig.UdpLimits(
                                        1, 1e6, OptionalDouble.of(15), 65_527, Set.of()),
                                new SourceRules(
                                        ServerConfig.Access.DEFAULT.withTrusted(
                                                List.of(Cidr.of(UdpGuardTest.PEER.getAddress())))),
                                new ProbePass())
                        .at(UdpGuardTest.US.getAddress());
        KernelChannel trusting =
                new KernelChannel(
                        new TrainGuard(policy, counters, new TimeHistogram()), new EchoHandler());
        for (int trains = 0; trains < 3; trains++) {
            trusting.writeInbound(
                    new DatagramPacket(
                            Trains.received(buffers, 950, 100),
                            UdpGuardTest.US,
                            UdpGuardTest.PEER));
        }
        assertCounted(Counter.UDP_RECEIVED, 30, Counter.UDP_ECHOED, 20);
        assertCounted(Counter.UDP_DROPPED_RATE, 10, Counter.UDP_DROPPED_RATE_BYTES, 950);
        trusting.finishAndReleaseAll();
    }

    /**
     * The 256th of the same is the sixth of the 26th train; those behind it are refused with it.
     */
    @Test
    void looksAtEachDatagramOfATrainFromAServicesPort() {
        UdpPolicy policy =
                new UdpPolicies(
                                new ServerConfig.UdpLimits(1e9, 1e9, 65_527, Set.of()),
                                new SourceRules(ServerConfig.Access.DEFAULT),
                                new ProbePass())
                        .at(UdpGuardTest.US.getAddress());
        KernelChannel rated =
                new KernelChannel(
                        new TrainGuard(policy, counters, new TimeHistogram()), new EchoHandler());
        InetSocketAddress service = new InetSocketAddress(UdpGuardTest.PEER.getAddress(), 3_000);
        for (int trains = 0; trains < 26; trains++) {
            ByteBuf same = Trains.received(buffers, 1_000, 100);
            rated.writeInbound(new DatagramPacket(same, UdpGuardTest.US, service));
        }
        assertCounted(Counter.UDP_RECEIVED, 260, Counter.UDP_ECHOED, 255);
        for (int trains = 0; trains < 100; trains++) {
            ByteBuf differing = Trains.received(buffers, 1_000, 100);
            for (int at = 0; at < 1_000; at += 100) {
                differing.setInt(at + 50, 1 + 1_000 * trains + at);
            }
            rated.writeInbound(new DatagramPacket(differing, UdpGuardTest.US, service));
        }
        assertCounted(Counter.UDP_RECEIVED, 1_260, Counter.UDP_ECHOED, 1_255);
        assertCounted(
                Counter.UDP_DROPPED_SOURCE_PORT, 5, Counter.UDP_DROPPED_SOURCE_PORT_BYTES, 500);
        rated.releaseOutbound();
        rated.finishAndReleaseAll();
    }

    /** It leaves past the queue or not at all, whatever waits there. */
    @Test
    void dropsAnEmptyDatagramBehindATrainAloneWhenTheSendBufferIsFull() {
        channel.pipeline().addFirst(new EmptyDatagrams(to -> {}));
        channel.full(true);
        channel.writeInbound(
                new DatagramPacket(
                        Trains.received(buffers, 950, 100), UdpGuardTest.US, UdpGuardTest.PEER),
                UdpGuardTest.request(0));
        assertCounted(Counter.UDP_DROPPED_SEND, 1, Counter.UDP_DROPPED_SEND_BYTES, 0);
        assertCounted(Counter.UDP_PENDING, 10, Counter.UDP_PENDING_BYTES, 950);
        channel.full(false);
        channel.writeInbound(UdpGuardTest.request(0));
        assertCounted(Counter.UDP_ECHOED, 11, Counter.UDP_ECHOED_BYTES, 950);
        assertThat(channel.outboundMessages()).as("the train, once").hasSize(1);
        channel.releaseOutbound();
    }

    @Test
    void dropsATrainThatWouldWaitWhenThereIsNoMemoryForIt() {
        channel.full(true);
        channel.writeInbound(UdpGuardTest.request(10));
        channel.config().setAllocator(UdpGuardTest.NO_MEMORY);
        for (int i = 1; i < ReceiveBuffers.BATCH / 2; i++) {
            channel.writeInbound(UdpGuardTest.request(10)); // So many may wait as they are.
        }
        ByteBuf train = Trains.received(buffers, 950, 100);
        channel.writeInbound(
                UdpGuardTest.request(200),
                new DatagramPacket(train, UdpGuardTest.US, UdpGuardTest.PEER));
        assertCounted(Counter.UDP_DROPPED_SEND, 11, Counter.UDP_DROPPED_SEND_BYTES, 1_150);
        assertCounted(Counter.UDP_RECEIVED, 19, Counter.UDP_PENDING, 8);
        assertThat(train.refCnt()).isZero();
        channel.full(false);
        channel.config().setAllocator(ByteBufAllocator.DEFAULT);
        channel.writeInbound(UdpGuardTest.request(30));
        assertCounted(Counter.UDP_ECHOED, 9, Counter.UDP_ECHOED_BYTES, 110);
    }

    private void assertCounted(Counter one, long first, Counter other, long second) {
        assertThat(counters.get(one)).as("%s", one).isEqualTo(first);
        assertThat(counters.get(other)).as("%s", other).isEqualTo(second);
    }
}
