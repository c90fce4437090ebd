package io.echo.server.tls;

import static org.assertj.core.api.Assertions.assertThat;

import io.echo.net.Transport;
import io.echo.server.EchoServer;
import io.echo.server.Http;
import io.echo.server.Metric;
import io.echo.server.TestServers;
import io.echo.server.metrics.Counter;
import io.echo.testing.Certificates;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The bounds of a handshake: bytes and time. */
@Timeout(60)
class HandshakeGateTest {
    @TempDir private Path folder;

    /** Counts the reads that get as far as the socket. */
    private static final class Reads extends ChannelOutboundHandlerAdapter {
        private final AtomicInteger count = new AtomicInteger();

        @Override
        public void read(ChannelHandlerContext ctx) {
            count.incrementAndGet();
        }
    }

    @Test
    void readsNoMoreThanAHandshakeTakesUntilItIsDone() {
        Reads reads = new Reads();
        HandshakeGate gate = new HandshakeGate();
        EmbeddedChannel channel = new EmbeddedChannel(reads, gate);
        ByteBuf most = Unpooled.wrappedBuffer(new byte[HandshakeGate.MOST]);
        channel.writeInbound(most);
        assertThat(channel.config().isAutoRead()).isTrue();
        channel.writeInbound(Unpooled.wrappedBuffer(new byte[1]));
        assertThat(channel.config().isAutoRead()).isFalse();
        int before = reads.count.get();
        channel.read(); // As the engine asks, which wants more.
        assertThat(reads.count).hasValue(before);
        gate.open(channel.pipeline().context(gate));
        assertThat(channel.config().isAutoRead()).isTrue();
        assertThat(reads.count.get()).isGreaterThan(before);
        channel.writeInbound(Unpooled.wrappedBuffer(new byte[HandshakeGate.MOST]));
        assertThat(channel.config().isAutoRead()).isTrue();
        channel.releaseInbound();
        gate.letClose();
        channel.close();
    }

    /** The engine closes when TLS is broken; what has not been acknowledged is the guard's. */
    @Test
    void closesForTheGuardAlone() {
        HandshakeGate gate = new HandshakeGate();
        EmbeddedChannel channel = new EmbeddedChannel(gate);
        channel.close();
        assertThat(channel.isOpen()).isTrue();
        gate.letClose();
        channel.close();
        assertThat(channel.isOpen()).isFalse();
    }

    /** Ten seconds. */
    @ParameterizedTest
    @EnumSource(Transport.class)
    @Tag("long")
    void endsAConnectionWhoseHandshakeTakesTooLong(Transport transport) throws IOException {
        Certificates.Pair pair = new Certificates(folder).selfSigned(Certificates.LOCAL);
        try (EchoServer server = EchoServer.start(TlsPeer.config(transport, pair));
                Socket peer = TlsPeer.plain(server)) {
            peer.getOutputStream().write(new byte[] {22, 3, 1, 1, 0}); // A hello begins.
            peer.getInputStream().readAllBytes();
            TestServers.await(server, c -> c.get(Counter.TCP_OPEN) == 0);
            String metrics = Http.get(server, "/metrics").body();
            assertThat(Metric.value(metrics, "echo_tls_handshakes_total{result=\"timeout\"}"))
                    .isEqualTo(1);
        }
    }
}
