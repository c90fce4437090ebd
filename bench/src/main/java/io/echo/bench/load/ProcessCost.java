package io.echo.bench.load;

import com.sun.management.OperatingSystemMXBean;
import io.echo.net.Protocol;
import java.io.IOException;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Stream;

/**
 * CPU time, garbage collections and receive drops up to a moment; the difference of two is the cost
 * of a run.
 *
 * @param cpuNs CPU time of all threads of this process
 * @param gcPauses garbage collections of any kind
 * @param gcMs time in them
 * @param socketDrops datagrams for our sockets that the kernel dropped because a buffer was full
 * @param machineDrops the same for all sockets of this machine; empty off Linux
 * @param loopNs CPU time of the load loops' threads; empty off Linux
 * @param queuedNs time for which they were ready to run and waited for a core; empty off Linux
 */
public record ProcessCost(
        long atNs,
        long cpuNs,
        long gcPauses,
        long gcMs,
        OptionalLong socketDrops,
        OptionalLong machineDrops,
        OptionalLong loopNs,
        OptionalLong queuedNs) {
    static final ProcessCost NONE =
            new ProcessCost(
                    0,
                    0,
                    0,
                    0,
                    OptionalLong.empty(),
                    OptionalLong.empty(),
                    OptionalLong.empty(),
                    OptionalLong.empty());

    private static final Path SNMP = Path.of("/proc/net/snmp");
    private static final List<Path> SOCKETS =
            List.of(Path.of("/proc/net/udp"), Path.of("/proc/net/udp6"));
    private static final int HEX = 16;

    /**
     * Reads the figures of this moment.
     *
     * @param ports of our sockets
     * @param threads of the load loops, see {@link #thisThread}
     */
    static ProcessCost now(LoadConfig config, Set<Integer> ports, List<String> threads) {
        long cpuNs =
                ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean os
                        ? os.getProcessCpuTime()
                        : 0;
        List<GarbageCollectorMXBean> collectors = ManagementFactory.getGarbageCollectorMXBeans();
        return new ProcessCost(
                System.nanoTime(),
                cpuNs,
                collectors.stream().mapToLong(GarbageCollectorMXBean::getCollectionCount).sum(),
                collectors.stream().mapToLong(GarbageCollectorMXBean::getCollectionTime).sum(),
                drops(config, ports),
                allDrops(),
                scheduling(threads, 0),
                scheduling(threads, 1));
    }

    /** Returns the difference to an earlier moment. */
    ProcessCost since(ProcessCost earlier) {
        return new ProcessCost(
                atNs - earlier.atNs,
                cpuNs - earlier.cpuNs,
                gcPauses - earlier.gcPauses,
                gcMs - earlier.gcMs,
                difference(socketDrops, earlier.socketDrops),
                difference(machineDrops, earlier.machineDrops),
                difference(loopNs, earlier.loopNs),
                difference(queuedNs, earlier.queuedNs));
    }

    private static OptionalLong difference(OptionalLong later, OptionalLong earlier) {
        return later.isPresent() && earlier.isPresent()
                ? OptionalLong.of(later.getAsLong() - earlier.getAsLong())
                : OptionalLong.empty();
    }

    /** Returns none where sockets come and go, each with its own count, and 0 over TCP. */
    private static OptionalLong drops(LoadConfig config, Set<Integer> ports) {
        if (config.protocol() == Protocol.TCP) {
            return OptionalLong.of(0); // another program's datagram socket may have such a port
        }
        return config.sockets().lifetime().isPresent() ? OptionalLong.empty() : dropsAt(ports);
    }

    /** Adds up the last column of our sockets; the second column is {@code address:port} in hex. */
    private static OptionalLong dropsAt(Set<Integer> ports) {
        long drops = 0;
        boolean read = false;
        for (Path table : SOCKETS) {
            try (Stream<String> lines = Files.lines(table)) {
                drops +=
                        lines.skip(1)
                                .map(line -> line.strip().split("\\s+"))
                                .filter(column -> ports.contains(port(column[1])))
                                .mapToLong(column -> Long.parseLong(column[column.length - 1]))
                                .sum();
                read = true;
            } catch (IOException | RuntimeException e) {
                // Not Linux, no IPv6, or an unknown format: no figure.
            }
        }
        return read ? OptionalLong.of(drops) : OptionalLong.empty();
    }

    private static int port(String local) {
        return Integer.parseInt(local.substring(local.lastIndexOf(':') + 1), HEX);
    }

    /** Returns the calling thread's name in {@code /proc}; empty off Linux. */
    static String thisThread() {
        try {
            return Files.readSymbolicLink(Path.of("/proc/thread-self")).toString();
        } catch (IOException | RuntimeException e) {
            return "";
        }
    }

    /**
     * Adds up a column of the threads' {@code schedstat} (Linux, Documentation/scheduler/
     * sched-stats.rst): 0 is time on a core, 1 time in the run queue, in nanoseconds.
     */
    private static OptionalLong scheduling(List<String> threads, int column) {
        long sum = 0;
        for (String thread : threads) {
            try {
                Path file = Path.of("/proc", thread, "schedstat");
                sum += Long.parseLong(Files.readString(file).split(" ")[column]);
            } catch (IOException | RuntimeException e) {
                return OptionalLong.empty();
            }
        }
        return threads.isEmpty() ? OptionalLong.empty() : OptionalLong.of(sum);
    }

    private static OptionalLong allDrops() {
        try (Stream<String> lines = Files.lines(SNMP)) {
            List<String[]> udp =
                    lines.filter(line -> line.startsWith("Udp:"))
                            .map(line -> line.split("\\s+"))
                            .toList();
            int column = Arrays.asList(udp.get(0)).indexOf("RcvbufErrors");
            return OptionalLong.of(Long.parseLong(udp.get(1)[column]));
        } catch (IOException | RuntimeException e) {
            return OptionalLong.empty();
        }
    }
}
