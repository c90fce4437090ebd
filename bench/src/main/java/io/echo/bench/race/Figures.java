package io.echo.bench.race;

import java.util.Arrays;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What one round of the loader came to.
 *
 * @param rate messages a second
 * @param cpuUs CPU time of the server and its children for each message
 * @param loadCpuUs the same of the loader
 * @param serverBusy the part of a core that the server used
 * @param loadBusy the part of a core that the loader used
 * @param residentKib of the server and its children, at the end
 * @param stray replies that came a second time, or after they were given up
 */
record Figures(
        double rate,
        double cpuUs,
        double loadCpuUs,
        double p50Us,
        double p99Us,
        double serverBusy,
        double loadBusy,
        long residentKib,
        long received,
        long lost,
        long stray) {
    private static final double NANOS_PER_US = 1_000;

    /** Reads the line that the loader prints. */
    static Figures parse(String line) {
        Map<String, Double> of =
                Arrays.stream(line.strip().split(" "))
                        .map(word -> word.split("=", 2))
                        .collect(
                                Collectors.toMap(
                                        pair -> pair[0], pair -> Double.valueOf(pair[1])));
        return new Figures(
                of.get("rate"),
                of.get("server_cpu_ns") / NANOS_PER_US,
                of.get("load_cpu_ns") / NANOS_PER_US,
                of.get("p50_us"),
                of.get("p99_us"),
                of.get("server_busy"),
                of.get("load_busy"),
                of.get("resident_kib").longValue(),
                of.get("received").longValue(),
                of.get("lost").longValue(),
                of.get("stray").longValue());
    }
}
