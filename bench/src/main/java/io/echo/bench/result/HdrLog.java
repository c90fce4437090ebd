package io.echo.bench.result;

import io.echo.bench.load.Interval;
import io.echo.bench.load.LoadRun;
import io.echo.client.probe.ProbeStats;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramLogWriter;

/**
 * The standard interval log of HdrHistogram, in nanoseconds: latency without a tag, so that every
 * tool shows it, and service and send lateness under tags of their own.
 */
public final class HdrLog implements LoadRun.Listener {
    private static final double MILLIS = 1_000.0;

    private final HistogramLogWriter log;
    private final long zeroMs = System.currentTimeMillis();

    public HdrLog(OutputStream file) {
        PrintStream out = new PrintStream(file, false, StandardCharsets.UTF_8);
        log = new HistogramLogWriter(out);
        log.outputLogFormatVersion();
        log.outputComment("[echo-bench load; latency, Tag=service, Tag=send_lateness; ns]");
        log.outputStartTime(zeroMs);
        log.setBaseTime(zeroMs);
        log.outputLegend();
    }

    @Override
    public void interval(Interval interval, ProbeStats stats, boolean draining) {
        long nowMs = System.currentTimeMillis();
        long lengthMs = Math.round((interval.toS() - interval.fromS()) * MILLIS);
        output(stats.latency(), "", nowMs, lengthMs);
        output(stats.service(), "service", nowMs, lengthMs);
        output(stats.lateness(), "send_lateness", nowMs, lengthMs);
    }

    private void output(Histogram histogram, String tag, long endMs, long lengthMs) {
        histogram.setStartTimeStamp(endMs - lengthMs);
        histogram.setEndTimeStamp(endMs);
        histogram.setTag(tag.isEmpty() ? null : tag);
        log.outputIntervalHistogram(histogram);
    }
}
