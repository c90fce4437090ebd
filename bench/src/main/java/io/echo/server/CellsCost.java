package io.echo.server;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** What does counting one thing cost? */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(value = 1, jvmArgsAppend = {EchoHandlerCost.KNOW_ALL, EchoHandlerCost.ALLOW_UNSAFE})
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class CellsCost {
    private final Cells cells = new Cells();
    private long plain;

    /** An addition to a field. */
    @Benchmark
    public void baseline() {
        plain++;
    }

    /** An addition that other threads may read. */
    @Benchmark
    public void add() {
        cells.add(Counter.UDP_RECEIVED, 1);
    }

    /** Keeps the field from being nobody's. */
    @Override
    public String toString() {
        return String.valueOf(plain);
    }
}
