package io.echo.bench.jmh;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
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

/** Time of one packet through the real server and back, one in flight: percentiles. */
@State(Scope.Thread)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(
        value = 1,
        jvmArgsAppend = {RoundTrip.KNOW_ALL, RoundTrip.ALLOW_UNSAFE})
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
public class RoundTrip {
    /** Makes JDK 17 ignore {@link #ALLOW_UNSAFE}, which it does not know. */
    static final String KNOW_ALL = "-XX:+IgnoreUnrecognizedVMOptions";

    /** Stops JDK 25 from warning of JMH's use of memory. */
    static final String ALLOW_UNSAFE = "--sun-misc-unsafe-memory-access=allow";

    /** Protocol of the embedded server. */
    @Param({"udp", "tcp"})
    private String protocol;

    /** Transport of the embedded server. */
    @Param({"nio", "epoll", "io_uring"})
    private String transport;

    @Param({"64", "1400"})
    private int payloadBytes;

    /** Another target, such as udp://host:port; empty for the embedded server. */
    @Param(BenchPeer.EMBEDDED)
    private String target;

    private BenchPeer peer;

    /** Connects. */
    @Setup(Level.Trial)
    public void connect() throws IOException {
        peer = BenchPeer.of(target, protocol, transport, payloadBytes);
    }

    /** Disconnects. */
    @TearDown(Level.Trial)
    public void disconnect() throws IOException {
        peer.close();
    }

    /** One packet, there and back. */
    @Benchmark
    public int echo() throws IOException {
        peer.send();
        return peer.receive();
    }
}
