package io.echo.server.admin;

import com.sun.management.OperatingSystemMXBean;
import io.echo.cli.ErrorQueue;
import io.echo.net.Protocol;
import io.echo.server.loop.CounterTotals;
import io.echo.server.loop.Loop;
import io.echo.server.loop.Loops;
import io.echo.server.metrics.Counter;
import io.echo.server.metrics.KernelDrops;
import io.echo.server.metrics.MetricFamily;
import io.echo.server.metrics.TimeHistogram;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.jvm.ClassLoaderMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.netty4.NettyAllocatorMetrics;
import io.micrometer.core.instrument.binder.netty4.NettyEventExecutorMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.core.instrument.config.MeterFilterReply;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The metrics of the server, the JVM and Netty in the format of Prometheus.
 *
 * <p>Loops count for themselves; the sums are made here, at a scrape. {@link Counter} has the names
 * and meanings of the counters. Needs Micrometer's Prometheus registry on the class path.
 */
final class MetricsPage {
    /** The text format of Prometheus, as {@link #text} writes it. */
    static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

    /** Longest time that a scrape waits for the loops. */
    private static final long SETTLE_NS = TimeUnit.MILLISECONDS.toNanos(200);

    /** Describes Netty's meters, and leaves out processor time in ns: ours is in seconds. */
    private static final MeterFilter AS_PROMTOOL_WANTS_IT =
            new MeterFilter() {
                @Override
                public MeterFilterReply accept(Meter.Id id) {
                    return id.getName().equals("process.cpu.time")
                            ? MeterFilterReply.DENY
                            : MeterFilterReply.NEUTRAL;
                }

                @Override
                public Meter.Id map(Meter.Id id) {
                    return switch (id.getName()) {
                        case "system.cpu.count" -> id.withName("system.cpus");
                        case "netty.allocator.memory.used" ->
                                describe(id, "Memory that Netty's allocator holds.");
                        case "netty.eventexecutor.tasks.pending" ->
                                describe(id, "Tasks that wait for an event loop.");
                        default -> id;
                    };
                }
            };

    private final PrometheusMeterRegistry registry =
            new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final Watched watched;
    private final JvmGcMetrics gc = new JvmGcMetrics();

    /**
     * The sources of all metrics.
     *
     * @param metrics the counters
     * @param loops the loops, for echo times and lag
     * @param drops drops of the kernel; asked by one thread
     * @param prober the background echo
     * @param info labels of {@code echo_build_info}
     * @param limits the limits in force
     * @param used gauges of how much of the limits is used
     * @param more metrics of what a flag has added
     */
    record Watched(
            CounterTotals metrics,
            Loops loops,
            KernelDrops drops,
            Prober prober,
            Map<String, String> info,
            List<LimitsInForce.Gauge> limits,
            List<LimitsInForce.Gauge> used,
            List<MetricFamily> more) {}

    MetricsPage(Watched watched) {
        this.watched = watched;
        registry.getPrometheusRegistry().register((MultiCollector) this::collect);
        registry.config().meterFilter(AS_PROMTOOL_WANTS_IT);
        new JvmMemoryMetrics().bindTo(registry);
        new JvmThreadMetrics().bindTo(registry);
        new ClassLoaderMetrics().bindTo(registry);
        new ProcessorMetrics().bindTo(registry);
        cpuTime();
        new FileDescriptorMetrics().bindTo(registry);
        new UptimeMetrics().bindTo(registry);
        new NettyEventExecutorMetrics(watched.loops().group()).bindTo(registry);
        if (ByteBufAllocator.DEFAULT instanceof ByteBufAllocatorMetricProvider allocator) {
            new NettyAllocatorMetrics(allocator).bindTo(registry);
        }
        gc.bindTo(registry);
    }

    /** Writes all metrics in the text format. One thread. */
    String text() {
        return registry.scrape(CONTENT_TYPE);
    }

    /** Stops listening to the garbage collector. */
    void close() {
        gc.close();
        registry.close();
    }

    /** Adds processor time under its usual name, where the JVM has it. */
    private void cpuTime() {
        if (ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean os) {
            FunctionCounter.builder("process.cpu", os, o -> o.getProcessCpuTime() / 1e9)
                    .baseUnit("seconds")
                    .description("Processor time used by this process.")
                    .register(registry);
        }
    }

    private MetricSnapshots collect() {
        Map<Counter, Long> counted = watched.metrics().snapshot(SETTLE_NS);
        Map<String, List<Counter>> byMetric = new LinkedHashMap<>();
        for (Counter counter : Counter.values()) {
            byMetric.computeIfAbsent(counter.metric(), m -> new ArrayList<>()).add(counter);
        }
        List<MetricSnapshot> snapshots = new ArrayList<>();
        byMetric.forEach((metric, counters) -> snapshots.add(snapshot(metric, counters, counted)));
        snapshots.add(
                gauge(
                        "echo_build_info",
                        "Which program this is.",
                        Labels.of(
                                watched.info().keySet().toArray(String[]::new),
                                watched.info().values().toArray(String[]::new)),
                        1));
        Stream.concat(watched.limits().stream(), watched.used().stream())
                .map(g -> gauge(g.name(), g.help(), Labels.EMPTY, g.value().getAsDouble()))
                .forEach(snapshots::add);
        snapshots.add(
                CounterSnapshot.builder()
                        .name("echo_udp_receive_buffer_dropped")
                        .help("Dropped by the kernel because a receive buffer was full.")
                        .dataPoint(point(watched.drops().total(), Labels.EMPTY))
                        .build());
        snapshots.add(probes());
        snapshots.add(
                gauge(
                        "echo_probe_age_seconds",
                        "Time since the last background echo, of the protocol whose is older.",
                        Labels.EMPTY,
                        watched.prober().ageNs() / 1e9));
        snapshots.add(
                CounterSnapshot.builder()
                        .name("echo_log_dropped")
                        .help("Lines of the log that standard error did not take.")
                        .dataPoint(point(ErrorQueue.standard().dropped(), Labels.EMPTY))
                        .build());
        snapshots.add(
                times(
                        "echo_time_seconds",
                        "How long an echoed datagram, or a read of a connection, stayed in the"
                                + " server.",
                        Map.of("udp", Loop::udpTimes, "tcp", Loop::tcpTimes)));
        snapshots.add(
                times(
                        "echo_loop_lag_seconds",
                        "How late an event loop ran what was due, asked ten times a second.",
                        Map.of("", Loop::lag)));
        watched.more().forEach(family -> snapshots.add(snapshot(family)));
        return new MetricSnapshots(snapshots);
    }

    private static MetricSnapshot snapshot(MetricFamily family) {
        if (family.kind() == Counter.Kind.GAUGE) {
            GaugeSnapshot.Builder gauges =
                    GaugeSnapshot.builder().name(family.name()).help(family.help());
            family.points()
                    .get()
                    .forEach(
                            at ->
                                    gauges.dataPoint(
                                            GaugeDataPointSnapshot.builder()
                                                    .labels(labels(at))
                                                    .value(at.value())
                                                    .build()));
            return gauges.build();
        }
        CounterSnapshot.Builder totals =
                CounterSnapshot.builder().name(withoutTotal(family.name())).help(family.help());
        family.points().get().forEach(at -> totals.dataPoint(point((long) at.value(), labels(at))));
        return totals.build();
    }

    private static Labels labels(MetricFamily.Point at) {
        return Labels.of(
                at.labels().keySet().toArray(String[]::new),
                at.labels().values().toArray(String[]::new));
    }

    private static String withoutTotal(String metric) {
        return metric.substring(0, metric.length() - "_total".length());
    }

    private static MetricSnapshot snapshot(
            String metric, List<Counter> counters, Map<Counter, Long> counted) {
        String help = helpOf(counters);
        if (counters.get(0).kind() == Counter.Kind.GAUGE) {
            return gauge(metric, help, Labels.EMPTY, counted.get(counters.get(0)));
        }
        CounterSnapshot.Builder builder =
                CounterSnapshot.builder().name(withoutTotal(metric)).help(help);
        for (Counter counter : counters) {
            Labels labels =
                    counter.reason().map(why -> Labels.of("reason", why)).orElse(Labels.EMPTY);
            builder.dataPoint(point(counted.get(counter), labels));
        }
        return builder.build();
    }

    /** Returns one text for all reasons, or the text of each. */
    private static String helpOf(List<Counter> counters) {
        Set<String> helps = counters.stream().map(Counter::help).collect(Collectors.toSet());
        return helps.size() == 1
                ? counters.get(0).help()
                : counters.stream()
                        .map(c -> c.reason().orElse("") + ": " + c.help())
                        .collect(Collectors.joining(" "));
    }

    private MetricSnapshot probes() {
        CounterSnapshot.Builder builder =
                CounterSnapshot.builder()
                        .name("echo_probes")
                        .help("Background echoes through the real ports, counted apart.");
        for (Protocol protocol : Protocol.values()) {
            String name = protocol.toString();
            builder.dataPoint(
                    point(
                            watched.prober().succeeded(protocol),
                            Labels.of("protocol", name, "result", "ok")));
            builder.dataPoint(
                    point(
                            watched.prober().failed(protocol),
                            Labels.of("protocol", name, "result", "failed")));
        }
        return builder.build();
    }

    private MetricSnapshot times(
            String metric, String help, Map<String, Function<Loop, TimeHistogram>> byProtocol) {
        HistogramSnapshot.Builder builder = HistogramSnapshot.builder().name(metric).help(help);
        byProtocol.forEach(
                (protocol, of) -> {
                    double[] upper = new double[TimeHistogram.BUCKETS];
                    long[] counts = new long[TimeHistogram.BUCKETS];
                    long sumNs = 0;
                    for (int bucket = 0; bucket < TimeHistogram.BUCKETS; bucket++) {
                        upper[bucket] = TimeHistogram.upperSeconds(bucket);
                        for (Loop loop : watched.loops().all()) {
                            counts[bucket] += of.apply(loop).count(bucket);
                        }
                    }
                    for (Loop loop : watched.loops().all()) {
                        sumNs += of.apply(loop).sumNs();
                    }
                    builder.dataPoint(
                            HistogramDataPointSnapshot.builder()
                                    .classicHistogramBuckets(
                                            ClassicHistogramBuckets.of(upper, counts))
                                    .sum(sumNs / 1e9)
                                    .labels(
                                            protocol.isEmpty()
                                                    ? Labels.EMPTY
                                                    : Labels.of("protocol", protocol))
                                    .build());
                });
        return builder.build();
    }

    private static Meter.Id describe(Meter.Id id, String description) {
        return new Meter.Id(
                id.getName(), Tags.of(id.getTags()), id.getBaseUnit(), description, id.getType());
    }

    private static GaugeSnapshot gauge(String name, String help, Labels labels, double value) {
        return GaugeSnapshot.builder()
                .name(name)
                .help(help)
                .dataPoint(GaugeDataPointSnapshot.builder().labels(labels).value(value).build())
                .build();
    }

    private static CounterDataPointSnapshot point(long value, Labels labels) {
        return CounterDataPointSnapshot.builder().labels(labels).value(value).build();
    }
}
