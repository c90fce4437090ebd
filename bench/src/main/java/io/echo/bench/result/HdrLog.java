package io.echo.bench.result;

import io.echo.bench.load.Interval;
import io.echo.bench.load.LoadRun;
import io.echo.client.probe.ProbeStats;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramLogWriter;

/**
 * The standard interval log of HdrHistogram, in nanoseconds: latency without a tag, so that every
 * tool shows it, and service and send lateness under tags of their own.
 */
public final class HdrLog implements LoadRun.Listener {
    private static final double MILLIS = 1_000.0;

    private final HistogramLogWriter log;

    /**
     * Start of the measured phase, in milliseconds since 1970. The wall clock may be set meanwhile:
     * it is read once, and intervals follow each other.
     */
    private long startMs;

    public HdrLog(OutputStream file) {
        PrintStream out = new PrintStream(file, false, StandardCharsets.UTF_8);
        log = new HistogramLogWriter(out);
        log.outputLogFormatVersion();
        log.outputComment("[echo-bench load; latency, Tag=service, Tag=send_lateness; ns]");
        long nowMs = System.currentTimeMillis();
        log.outputStartTime(nowMs);
        log.setBaseTime(nowMs);
        log.outputLegend();
    }

    @Override
    public void measuring(Instant startedAt) {
        startMs = startedAt.toEpochMilli();
    }

    @Override
    public void interval(Interval interval, ProbeStats stats, boolean draining) {
        long fromMs = Math.round(startMs + interval.fromS() * MILLIS);
        long toMs = Math.round(startMs + interval.toS() * MILLIS);
        output(stats.latency(), "", fromMs, toMs);
        output(stats.service(), "service", fromMs, toMs);
        output(stats.lateness(), "send_lateness", fromMs, toMs);
    }

    private void output(Histogram histogram, String tag, long fromMs, long endMs) {
        histogram.setStartTimeStamp(fromMs);
        histogram.setEndTimeStamp(endMs);
        histogram.setTag(tag.isEmpty() ? null : tag);
        log.outputIntervalHistogram(histogram);
    }
}
