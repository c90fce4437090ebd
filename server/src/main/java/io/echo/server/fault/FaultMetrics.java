package io.echo.server.fault;

import io.echo.server.fault.FaultCounters.Own;
import io.echo.server.metrics.Counter;
import io.echo.server.metrics.Counter.Kind;
import io.echo.server.metrics.KernelDrops;
import io.echo.server.metrics.MetricFamily;
import io.echo.server.metrics.MetricFamily.Point;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;

/**
 * The metrics of the ports that misbehave. All of a scrape are of one moment for each port: the
 * first family takes it, and the others, which are asked after it on the same thread, show it.
 */
final class FaultMetrics {
    /** Adds the points of one port. */
    private interface Points extends BiConsumer<FaultSnapshot, Target> {}

    /** Takes points of one port. */
    private interface Target {
        void add(String label, String value, long count);
    }

    private final List<FaultyPort> ports;
    private final List<MetricFamily> families = new ArrayList<>();
    private Map<Integer, FaultSnapshot> last = Map.of();

    FaultMetrics(List<FaultyPort> ports) {
        this.ports = ports;
        total("echo_fault_datagrams_received_total", "Datagrams that came.", Counter.UDP_RECEIVED);
        total(
                "echo_fault_datagrams_sent_total",
                "Datagrams sent back, duplicates included.",
                Counter.UDP_ECHOED);
        family(
                Kind.GAUGE,
                "echo_fault_datagrams_pending",
                "Datagrams that are held, or wait for the kernel.",
                (of, to) -> to.add("", "", of.of(Counter.UDP_PENDING)));
        family(
                Kind.TOTAL,
                "echo_fault_datagrams_total",
                "What was done to datagrams: each fault, in the order in which it is drawn.",
                (of, to) ->
                        of.datagrams().forEach((fault, n) -> to.add("fault", fault.toString(), n)));
        byReason(
                "echo_fault_datagrams_dropped_total",
                "Datagrams that were not answered, and not by a fault.",
                "echo_udp_datagrams_dropped_total",
                Own.UNTRUSTED_DATAGRAMS);
        kernel();
        streams();
    }

    private void kernel() {
        Map<Integer, KernelDrops> drops = new LinkedHashMap<>();
        ports.forEach(one -> drops.put(one.port(), new KernelDrops(Optional.of(one.port()))));
        families.add(
                new MetricFamily(
                        Kind.TOTAL,
                        "echo_fault_receive_buffer_dropped_total",
                        "Dropped by the kernel because a receive buffer was full.",
                        () -> points(drops)));
    }

    private static List<Point> points(Map<Integer, KernelDrops> drops) {
        List<Point> all = new ArrayList<>();
        drops.forEach((port, of) -> all.add(new Point(labels(port, "", ""), of.total())));
        return all;
    }

    private void streams() {
        family(
                Kind.TOTAL,
                "echo_fault_connections_total",
                "Connections to which a fault happened, and stalls.",
                (of, to) ->
                        of.connections()
                                .forEach((fault, n) -> to.add("fault", fault.toString(), n)));
        total(
                "echo_fault_connections_accepted_total",
                "Connections admitted.",
                Counter.TCP_ACCEPTED);
        family(
                Kind.GAUGE,
                "echo_fault_connections_open",
                "Connections that are open.",
                (of, to) -> to.add("", "", of.of(Counter.TCP_OPEN)));
        byReason(
                "echo_fault_connections_closed_total",
                "Connections that were closed.",
                "echo_tcp_connections_closed_total",
                null);
        byReason(
                "echo_fault_connections_rejected_total",
                "Connections that were reset at once.",
                "echo_tcp_connections_rejected_total",
                Own.UNTRUSTED_CONNECTIONS);
        own("echo_fault_bytes_received_total", "Bytes read from them.", Own.STREAM_RECEIVED_BYTES);
        own("echo_fault_bytes_sent_total", "Bytes sent back.", Own.STREAM_SENT_BYTES);
        own(
                "echo_fault_bytes_dropped_total",
                "Bytes that had not left when the connection ended, or that it no longer sent.",
                Own.STREAM_DROPPED_BYTES);
        family(
                Kind.GAUGE,
                "echo_fault_bytes_pending",
                "Bytes that are held, or wait for the kernel.",
                (of, to) -> to.add("", "", of.pendingBytes()));
    }

    List<MetricFamily> families() {
        return List.copyOf(families);
    }

    private void total(String name, String help, Counter counter) {
        family(Kind.TOTAL, name, help, (of, to) -> to.add("", "", of.of(counter)));
    }

    private void own(String name, String help, Own counter) {
        family(Kind.TOTAL, name, help, (of, to) -> to.add("", "", of.own().get(counter)));
    }

    private void byReason(String name, String help, String plain, Own untrusted) {
        List<Counter> counters = new ArrayList<>();
        for (Counter counter : Counter.values()) {
            if (counter.metric().equals(plain)) {
                counters.add(counter);
            }
        }
        family(
                Kind.TOTAL,
                name,
                help,
                (of, to) -> {
                    counters.forEach(
                            one -> to.add("reason", one.reason().orElseThrow(), of.of(one)));
                    if (untrusted != null) {
                        to.add("reason", "untrusted", of.own().get(untrusted));
                    }
                });
    }

    private void family(Kind kind, String name, String help, Points points) {
        boolean first = families.isEmpty();
        families.add(new MetricFamily(kind, name, help, () -> points(first, points)));
    }

    private List<Point> points(boolean first, Points points) {
        if (first) {
            Map<Integer, FaultSnapshot> now = new LinkedHashMap<>();
            ports.forEach(port -> now.put(port.port(), port.snapshot()));
            last = now;
        }
        List<Point> all = new ArrayList<>();
        last.forEach(
                (port, of) ->
                        points.accept(
                                of,
                                (label, value, count) ->
                                        all.add(new Point(labels(port, label, value), count))));
        return all;
    }

    private static Map<String, String> labels(int port, String label, String value) {
        Map<String, String> labels = new LinkedHashMap<>();
        labels.put("port", String.valueOf(port));
        if (!label.isEmpty()) {
            labels.put(label, value);
        }
        return labels;
    }
}
