package io.echo.bench.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.echo.bench.connection.ConnectionTime;
import io.echo.bench.pacing.Pacing;
import io.echo.client.flow.FlowBook;
import io.echo.client.probe.FlowConfig;
import io.echo.client.probe.LoopBuffers;
import io.echo.client.probe.ProbeSizes;
import io.echo.client.probe.ProbeStats;
import io.echo.client.probe.SizeClasses;
import io.echo.net.Protocol;
import io.echo.net.Target;
import io.echo.net.Transport;
import io.netty.channel.unix.IntegerUnixChannelOption;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Segmented sends: their probes are sent and counted like all others. */
@Timeout(60)
class TrainsTest {
    private static final int SEQUENCE_AT = 8;
    private static final int BYTES = 1_200;

    /** The last train is shorter. */
    private static final int PROBES = 54 * 20 + 7;

    private static LoadConfig config(Target target, int window, int train, ProbeSizes sizes) {
        LoadConfig.Load load = new LoadConfig.Load.Closed(window, train);
        LoadConfig ordinary = Loads.of(target, new LoadConfig.Load.Closed(window), PROBES);
        return new LoadConfig(
                ordinary.target(),
                load,
                1,
                sizes,
                Optional.empty(),
                ordinary.span(),
                ordinary.warmup(),
                ordinary.timeout(),
                new LoadConfig.Generator(Transport.EPOLL, 1, Pacing.SPIN),
                ordinary.sockets(),
                Optional.empty());
    }

    private static void assertAllCameBackOnce(ProbeStats stats) {
        assertThat(stats.sent()).isEqualTo(PROBES);
        assertThat(stats.received()).isEqualTo(PROBES);
        assertThat(stats.latency().getTotalCount()).isEqualTo(PROBES);
        assertThat(stats.sentBytes()).isEqualTo((long) PROBES * BYTES);
        assertThat(stats.receivedBytes()).isEqualTo((long) PROBES * BYTES);
        assertThat(stats.unsent() + stats.duplicated() + stats.reordered()).isZero();
        assertThat(stats.corrupted() + stats.foreign()).isZero();
    }

    @Test
    void arrivesAsDatagramsInOrderAndOfTheirSize() throws Exception {
        List<Long> sequences = new CopyOnWriteArrayList<>();
        List<Integer> lengths = new CopyOnWriteArrayList<>();
        OddServer.Datagrams echo =
                (n, request, reply) -> {
                    sequences.add(ByteBuffer.wrap(request).getLong(SEQUENCE_AT));
                    lengths.add(request.length);
                    reply.send(request);
                };
        try (OddServer server = OddServer.udp(echo)) {
            assertAllCameBackOnce(
                    Loads.run(config(server.target(), 64, 54, ProbeSizes.fixed(BYTES))).stats());
        }
        assertThat(sequences)
                .containsExactlyElementsOf(LongStream.range(0, PROBES).boxed().toList());
        assertThat(lengths).containsOnly(BYTES);
    }

    @Test
    void comesBackFromOurServer() throws Exception {
        try (Endpoint server = Endpoint.embedded(Transport.EPOLL, Protocol.UDP, 1)) {
            LoadConfig config = config(server.target(), 108, 54, ProbeSizes.fixed(BYTES));
            assertAllCameBackOnce(
                    LoadRun.run(config, server, LoadRun.Listener.NONE, new CompletableFuture<>())
                            .stats());
        }
    }

    @Test
    void countsWhatIsLostAndTwiceAndWrong() throws Exception {
        OddServer.Datagrams odd =
                (n, request, reply) -> {
                    if (n == 20) {
                        return;
                    }
                    if (n == 40) {
                        reply.send(request);
                    }
                    if (n == 60) {
                        request[request.length - 1]++;
                    }
                    reply.send(request);
                };
        try (OddServer server = OddServer.udp(odd)) {
            ProbeStats stats =
                    Loads.run(config(server.target(), 64, 16, ProbeSizes.fixed(64))).stats();
            assertThat(stats.sent()).isEqualTo(PROBES);
            assertThat(stats.received()).isEqualTo(PROBES - 2);
            assertThat(stats.lost()).isEqualTo(2);
            assertThat(stats.duplicated()).isEqualTo(1);
            assertThat(stats.corrupted()).isEqualTo(1);
        }
    }

    /** A socket without checksums: Linux refuses segments for it (EINVAL). */
    @Test
    void endsWithTheReasonWhereTheKernelRefuses() throws Exception {
        LoopBuffers buffers = LoopBuffers.ofTrains(64, 2);
        Worker worker = new Worker(Transport.EPOLL, buffers, Pacing.SPIN, new ConnectionTime(1));
        try (OddServer server = OddServer.udp((n, request, reply) -> reply.send(request))) {
            FlowConfig ordinary =
                    FlowConfig.of(
                            Transport.EPOLL,
                            Protocol.UDP,
                            new InetSocketAddress(server.target().host(), server.target().port()),
                            1,
                            ProbeSizes.fixed(64),
                            1_000_000_000);
            worker.open(unchecked(ordinary)).get();
            long nowNs = System.nanoTime();
            CompletableFuture<Worker.Ending> sending =
                    worker.begin(
                            flows ->
                                    new ClosedLoop(
                                            flows,
                                            new LoadConfig.Load.Closed(2, 2),
                                            nowNs,
                                            nowNs,
                                            Long.MAX_VALUE,
                                            100),
                            index -> ordinary,
                            1,
                            new FlowBook(0, 1, Optional.empty(), 0, SizeClasses.ONE));
            assertThatExceptionOfType(ExecutionException.class)
                    .isThrownBy(sending::get)
                    .havingCause()
                    .isInstanceOf(IOException.class)
                    .withMessageStartingWith("the kernel refuses a train of 2 datagrams of 64 B: ")
                    .withMessageContaining("Invalid argument");
        } finally {
            worker.close();
        }
    }

    private static FlowConfig unchecked(FlowConfig ordinary) {
        int solSocket = 1;
        int soNoCheck = 11;
        return new FlowConfig(
                ordinary.transport(),
                ordinary.protocol(),
                ordinary.remote(),
                ordinary.local(),
                Map.of(new IntegerUnixChannelOption("SO_NO_CHECK", solSocket, soNoCheck), 1),
                ordinary.run(),
                ordinary.index(),
                ordinary.sizes(),
                ordinary.payload(),
                ordinary.timeoutNs(),
                ordinary.remembered(),
                ordinary.queueBytes(),
                2,
                ordinary.layers());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    64|128|64|must be at most --window, 64, got 128
                    256|129|64|must be from 1 to 128, got 129
                    64|64|1200|must be at most 54 datagrams of 1200 B, 65507 B together, got 64
                    64|64|64,65|works with one --size, not with several
                    """)
    void refusesTrainsThatCannotBe(int window, int train, String sizes, String why) {
        Target target = new Target(Protocol.UDP, "127.0.0.1", 1);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> config(target, window, train, ProbeSizes.parse("--size", sizes)))
                .withMessage("--train " + why);
    }

    @Test
    void refusesTrainsOverTcp() {
        Target target = new Target(Protocol.TCP, "127.0.0.1", 1);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> config(target, 64, 64, ProbeSizes.fixed(64)))
                .withMessage("--train works over UDP, not over tcp");
    }
}
