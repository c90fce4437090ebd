package io.echo.client.check;

import static org.assertj.core.api.Assertions.assertThat;

import io.echo.client.TcpPeer;
import io.echo.client.Transports;
import io.echo.net.Transport;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.util.concurrent.ImmediateEventExecutor;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A check whose event loop is late itself. */
@Timeout(60)
class CheckDeadlineTest {
    private static final Duration TIGHT = Duration.ofMillis(50);

    /** An event loop that is late finds the connection made, and the timeout over. */
    @ParameterizedTest
    @EnumSource(Transport.class)
    void connectionThatComesTooLateIsSilence(Transport transport) throws Exception {
        Transports.options(transport);
        EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, transport.newIoHandlerFactory());
        try (TcpPeer peer = TcpPeer.echo()) {
            InetSocketAddress address = new InetSocketAddress("127.0.0.1", peer.target().port());
            CheckPlan plan =
                    new CheckPlan(
                            ServicePath.TCP4,
                            transport,
                            loop.next(),
                            new DefaultChannelGroup(ImmediateEventExecutor.INSTANCE),
                            System.nanoTime() + TIGHT.toNanos(),
                            1,
                            TIGHT);
            PathResult result =
                    CompletableFuture.supplyAsync(
                                    () -> {
                                        CompletableFuture<PathResult> started =
                                                TcpCheck.start(plan, List.of(address));
                                        plan.loop().execute(() -> spin(plan));
                                        return started;
                                    },
                                    plan.loop())
                            .thenCompose(started -> started)
                            .get();
            assertThat(result.state()).as(result.reason()).isEqualTo(PathState.SILENT);
            assertThat(result.connectNs()).isEmpty();
            assertThat(result.reason())
                    .isEqualTo(
                            "no answer to the SYN within 50ms, a firewall drops or nobody is"
                                    + " there, or it takes longer");
        } finally {
            loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).await();
        }
    }

    private static void spin(CheckPlan plan) {
        while (plan.leftNs() > 0) {
            Thread.onSpinWait();
        }
    }
}
