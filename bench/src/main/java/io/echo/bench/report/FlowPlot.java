package io.echo.bench.report;

import com.google.gson.stream.JsonWriter;
import io.echo.client.flow.FlowResult;
import io.echo.client.flow.FlowStrip;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;

/**
 * Flows against time, and their figures.
 *
 * <p>A thousand flows have some 100,000 cells, so these are packed: compressed bytes in Base64.
 * They hold for each cell, row by row, first the probes sent, then those missed, both in groups of
 * seven bits, the lowest first; then a byte for the latency, 0 where there is none, and else the
 * place between the least and the greatest, at equal factors.
 *
 * @param flows the bad ones first
 * @param strip of the same flows in the same order; empty in what was read from a file
 * @param sentS when the last probe was due
 * @param endS end of the time axis
 */
record FlowPlot(List<FlowResult> flows, Optional<FlowStrip> strip, double sentS, double endS)
        implements Plot {
    FlowPlot {
        strip = strip.map(FlowPlot::withoutGaps);
    }

    private static final int STEPS = 254;
    private static final int GROUP = 7;
    private static final int LOW = 0x7f;
    private static final int MORE = 0x80;

    @Override
    public String id() {
        return "flows";
    }

    @Override
    public void write(JsonWriter json) throws IOException {
        json.beginObject().name("id").value(id()).name("title").value("Flows over time");
        json.name("group").value(TimeCharts.GROUP).name("endS").value(endS);
        json.name("sentS").value(sentS);
        json.name("flows").beginArray();
        for (FlowResult flow : flows) {
            write(json, flow);
        }
        json.endArray();
        if (strip.isPresent()) {
            write(json, strip.get());
        }
        json.endObject();
    }

    /** Writes the figures of a flow, in the order of the columns of its table. */
    private static void write(JsonWriter json, FlowResult flow) throws IOException {
        json.beginArray().value(flow.local()).value(flow.remote()).value(fault(flow));
        json.value(flow.sent()).value(flow.received()).value(flow.late());
        json.jsonValue(short3(flow.p50Us())).jsonValue(short3(flow.p99Us()));
        json.jsonValue(short3(flow.firstReplyS())).jsonValue(short3(flow.lastReplyS()));
        json.jsonValue(short3(Optional.of(flow.longestOutageMs()))).endArray();
    }

    /** Returns the name of its fault, empty for none. */
    static String fault(FlowResult flow) {
        return flow.fault().map(fault -> fault.name().toLowerCase(Locale.ROOT)).orElse("");
    }

    private static String short3(Optional<Double> value) {
        return value.map(number -> String.valueOf(Math.round(number * 1e3) / 1e3)).orElse("null");
    }

    /** Joins spans of time until a flow has a probe in each of them, as far as the mean tells. */
    private static FlowStrip withoutGaps(FlowStrip strip) {
        FlowStrip joined = strip;
        while (cells(joined) > 1 && sent(joined) < (double) joined.rows().size() * cells(joined)) {
            joined =
                    new FlowStrip(
                            2 * joined.cellS(),
                            joined.rows().stream().map(FlowPlot::halved).toList());
        }
        return joined;
    }

    private static int cells(FlowStrip strip) {
        return strip.rows().isEmpty() ? 0 : strip.rows().get(0).sent().length;
    }

    private static long sent(FlowStrip strip) {
        return strip.rows().stream().flatMapToLong(row -> Arrays.stream(row.sent())).sum();
    }

    private static FlowStrip.Row halved(FlowStrip.Row row) {
        int cells = (row.sent().length + 1) / 2;
        long[] sent = new long[cells];
        long[] missed = new long[cells];
        double[] sumUs = new double[cells];
        for (int i = 0; i < row.sent().length; i++) {
            long answered = row.sent()[i] - row.missed()[i];
            sent[i / 2] += row.sent()[i];
            missed[i / 2] += row.missed()[i];
            sumUs[i / 2] += answered > 0 ? row.latencyUs()[i] * answered : 0;
        }
        double[] latencyUs = new double[cells];
        Arrays.setAll(latencyUs, i -> sumUs[i] / (sent[i] - missed[i])); // NaN where none was
        return new FlowStrip.Row(row.flow(), sent, missed, latencyUs);
    }

    private static void write(JsonWriter json, FlowStrip strip) throws IOException {
        double least = Double.POSITIVE_INFINITY;
        double greatest = 0;
        for (FlowStrip.Row row : strip.rows()) {
            for (double us : row.latencyUs()) {
                if (us > 0) {
                    least = Math.min(least, us);
                    greatest = Math.max(greatest, us);
                }
            }
        }
        double from = greatest == 0 ? 1 : least;
        double factor = Math.pow(Math.max(greatest, from) / from, 1.0 / (STEPS - 1));
        json.name("cellS").value(strip.cellS()).name("cells").value(cells(strip));
        json.name("leastUs").value(from).name("factor").value(factor);
        json.name("packed").value(packed(strip, from, factor));
    }

    private static String packed(FlowStrip strip, double from, double factor) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        Deflater deflater = new Deflater(Deflater.BEST_COMPRESSION);
        try (OutputStream out = new DeflaterOutputStream(bytes, deflater)) {
            for (FlowStrip.Row row : strip.rows()) {
                write(out, row.sent());
            }
            for (FlowStrip.Row row : strip.rows()) {
                write(out, row.missed());
            }
            for (FlowStrip.Row row : strip.rows()) {
                for (double us : row.latencyUs()) {
                    out.write(us > 0 ? 1 + step(us / from, factor) : 0);
                }
            }
        } finally {
            deflater.end();
        }
        return Base64.getEncoder().encodeToString(bytes.toByteArray());
    }

    private static int step(double ratio, double factor) {
        return factor > 1 ? (int) Math.round(Math.log(ratio) / Math.log(factor)) : 0;
    }

    private static void write(OutputStream out, long[] counts) throws IOException {
        for (long count : counts) {
            long rest = count;
            while (rest > LOW) {
                out.write((int) (rest & LOW) | MORE);
                rest >>>= GROUP;
            }
            out.write((int) rest);
        }
    }
}
