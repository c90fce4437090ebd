package io.echo.bench.jmh;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Packets a second that come back, with several in flight on one socket.
 *
 * <p>A lost datagram is counted and replaced, so that the same number stays in flight. The
 * benchmark fails when none comes back any more.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(
        value = 1,
        jvmArgsAppend = {RoundTrip.KNOW_ALL, RoundTrip.ALLOW_UNSAFE})
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
public class Window {
    @Param({"udp", "tcp"})
    private String protocol;

    @Param({"nio", "epoll", "io_uring"})
    private String transport;

    @Param({"64", "1400"})
    private int payloadBytes;

    @Param({"16"})
    private int inFlight;

    @Param(BenchPeer.EMBEDDED)
    private String target;

    private BenchPeer peer;

    /** Counts that JMH prints beside the score. */
    @State(Scope.Thread)
    @AuxCounters(AuxCounters.Type.EVENTS)
    public static class Losses {
        /** Packets that did not come back; read by JMH. */
        public int lost;
    }

    /** Connects, and sends all packets of the window but one. */
    @Setup(Level.Trial)
    public void fill() throws IOException {
        peer = BenchPeer.of(target, protocol, transport, payloadBytes);
        for (int i = 1; i < inFlight; i++) {
            peer.send();
        }
    }

    /** Disconnects. */
    @TearDown(Level.Trial)
    public void disconnect() throws IOException {
        peer.close();
    }

    /** Sends one packet and receives the next. */
    @Benchmark
    public int echo(Losses losses) throws IOException {
        peer.send();
        int bytes = peer.receive();
        losses.lost += peer.takeLost();
        return bytes;
    }
}
