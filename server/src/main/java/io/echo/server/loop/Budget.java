package io.echo.server.loop;

import com.sun.management.OperatingSystemMXBean;
import io.echo.net.Protocol;
import io.echo.net.Transport;
import io.echo.server.config.ServerConfig;
import io.netty.util.internal.PlatformDependent;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Connections and memory of a full server, worked out at the start and logged once.
 *
 * @param maxConnections connections that the flag or memory allow, and {@link #within} descriptors
 * @param heapBytes largest heap of the JVM
 * @param directBytes direct memory of Netty and the JVM
 * @param loopsBytes direct memory that the loops take at the start
 * @param socketBufferBytes size of each of a connection's two socket buffers
 * @param connectionHeapBytes heap of a full connection
 */
public record Budget(
        int maxConnections,
        long heapBytes,
        long directBytes,
        long loopsBytes,
        int socketBufferBytes,
        long connectionHeapBytes) {
    /**
     * Largest socket buffer of a connection, each way. Without one the kernel lets it grow to some
     * 9 MiB, so that ten thousand peers that never read would cost 90 GB. It also bounds what is
     * read at once after a half-close: Netty's epoll channel then reads everything, auto-read or
     * not (EpollRecvByteAllocatorHandle).
     */
    private static final int LARGEST_BUFFER = 256 << 10;

    /** Smallest that a container's memory makes them by default; slower only over long paths. */
    static final int SMALL_BUFFER = 64 << 10;

    /** Smallest for connections that a flag asks for; with half of it a stream begins to stall. */
    private static final int SMALLEST_BUFFER = 32 << 10;

    /**
     * Buffers that a full connection costs: one each way, each twice its size, for the kernel
     * doubles the number for its own needs (socket(7)).
     */
    private static final long BUFFERS = 4;

    private static final int DEFAULT_MAX_CONNECTIONS = 10_000;

    /** Memory of the JVM beside heap and direct memory: code, classes, threads. */
    private static final long JVM_BYTES = 48 << 20;

    /** One half of the rest is for the kernel's buffers, the other for heap and direct memory. */
    private static final int KERNEL_SHARE = 2;

    /**
     * Direct memory for each connection. One whose peer does not read takes up to 192 KiB: the
     * receive slot that waits first, what queues behind it up to the water mark of TcpGuard, and
     * the read that exceeds the mark. The rest is a reserve.
     */
    private static final long DIRECT_BYTES = 256 << 10;

    /**
     * Heap for each connection: 2 KiB at rest, and what the writes take that may be queued, at 220
     * bytes each ({@code TcpGuard.MAX_WRITES}).
     */
    private static final long HEAP_BYTES = 16 << 10;

    /** Heap that the JDK's engine takes for a connection over TLS: 7 KiB were measured. */
    private static final long TLS_HEAP_BYTES = 8 << 10;

    /** The part of the heap that connections may fill; the rest is for all else. */
    private static final int HEAP_SHARE = 2;

    /** Direct memory that loops must leave to a few connections and the admin port. */
    private static final long REST_BYTES = 8 * DIRECT_BYTES;

    /**
     * Direct memory of a loop beside its reserve: a slot for its connections to read into, and its
     * lists of packets and events.
     */
    private static final long LOOP_BYTES = 128 << 10;

    /** The same with io_uring: longer lists, and Netty's buffers in place of the slot. */
    private static final long URING_LOOP_BYTES = 1 << 20;

    /**
     * Works the budget out.
     *
     * @throws IOException when direct memory is below what was asked for
     */
    public static Budget of(ServerConfig config) throws IOException {
        long directBytes = PlatformDependent.maxDirectMemory();
        long loopBytes = loopBytes(config.listen());
        FaultBudget faults = ofFaults(config);
        requireMemory(config.listen().loops(), loopBytes, directBytes - faults.loopsBytes());
        long loopsBytes = config.listen().loops() * loopBytes + faults.loopsBytes();
        int ofFaults = config.faults().ports().size() * faults.connections();
        long kernelBytes = Math.max(0, freeForKernel() - BUFFERS * SMALL_BUFFER * ofFaults);
        int max =
                config.tcp()
                        .maxConnections()
                        .orElseGet(() -> Math.max(1, defaultConnections(config) - ofFaults));
        return new Budget(
                max,
                Runtime.getRuntime().maxMemory(),
                directBytes,
                loopsBytes,
                bufferBytes(kernelBytes, max),
                heapEach(config));
    }

    private static long heapEach(ServerConfig config) {
        return HEAP_BYTES + (config.tls().isPresent() ? TLS_HEAP_BYTES : 0);
    }

    /** Works out what each port that misbehaves may take. */
    public static FaultBudget ofFaults(ServerConfig config) {
        return FaultBudget.of(
                config,
                defaultConnections(config),
                Runtime.getRuntime().maxMemory(),
                loopBytes(config.listen()));
    }

    /** Returns how many connections there is memory for on all ports together. */
    private static int defaultConnections(ServerConfig config) {
        int loops = config.listen().loops() + config.faults().ports().size();
        long loopsBytes = loops * loopBytes(config.listen());
        return defaultConnections(
                freeForKernel(),
                PlatformDependent.maxDirectMemory() - loopsBytes,
                Runtime.getRuntime().maxMemory(),
                heapEach(config));
    }

    /** Returns the memory that socket buffers may take. */
    private static long freeForKernel() {
        return Math.max(0, memoryBytes() - JVM_BYTES) / KERNEL_SHARE;
    }

    /** Returns the most that the kernel holds when every connection is full. */
    public long kernelBytes() {
        return BUFFERS * socketBufferBytes * maxConnections;
    }

    /** Returns the budget of fewer connections, if there are no descriptors for all. */
    public Budget within(int connections) {
        int max = Math.min(maxConnections, connections);
        return new Budget(
                max, heapBytes, directBytes, loopsBytes, socketBufferBytes, connectionHeapBytes);
    }

    /** Returns a line for the log when direct memory, and no flag, makes loops fewer than cores. */
    public static Optional<String> fewerLoops(ServerConfig.Listen listen) {
        int cores = Runtime.getRuntime().availableProcessors();
        int carried = ServerConfig.Listen.DEFAULT.loops();
        return listen.loops() != carried
                        || carried >= Math.min(cores, ServerConfig.Listen.MAX_LOOPS)
                ? Optional.empty()
                : Optional.of(
                        String.format(
                                Locale.ROOT,
                                "%d loops on %d cores, as direct memory is %d MiB: set"
                                        + " -XX:MaxDirectMemorySize for more",
                                carried,
                                cores,
                                PlatformDependent.maxDirectMemory() >> 20));
    }

    /** Returns the direct memory that each loop takes at the start. */
    private static long loopBytes(ServerConfig.Listen listen) {
        return (listen.transport() == Transport.IO_URING ? URING_LOOP_BYTES : LOOP_BYTES)
                + (listen.protocols().contains(Protocol.UDP) ? ReceiveBuffers.RESERVED_BYTES : 0);
    }

    private static void requireMemory(int loops, long loopBytes, long directBytes)
            throws IOException {
        long carried = (directBytes - REST_BYTES) / loopBytes;
        if (loops > carried) {
            String memory = (directBytes >> 20) + " MiB of direct memory";
            throw new IOException(
                    carried < 1
                            ? memory + " is too little for one loop: set -XX:MaxDirectMemorySize"
                            : "--loops must be at most "
                                    + carried
                                    + " with "
                                    + memory
                                    + ", got "
                                    + loops
                                    + ": set -XX:MaxDirectMemorySize");
        }
    }

    /**
     * Returns how many connections there is memory for when no peer reads.
     *
     * @param kernelBytes memory that socket buffers may take
     * @param directBytes direct memory that loops leave
     * @param heapBytes heap of the JVM
     * @param heapEach heap of a full connection
     */
    static int defaultConnections(
            long kernelBytes, long directBytes, long heapBytes, long heapEach) {
        long held =
                Math.min(
                        heapBytes / HEAP_SHARE / heapEach,
                        Math.min(kernelBytes / BUFFERS / SMALL_BUFFER, directBytes / DIRECT_BYTES));
        return (int) Math.max(1, Math.min(DEFAULT_MAX_CONNECTIONS, held));
    }

    /** Returns the size of the socket buffers at which so many connections fit, in whole KiB. */
    static int bufferBytes(long kernelBytes, int connections) {
        long fitting = kernelBytes / BUFFERS / connections >> 10 << 10;
        return (int) Math.max(SMALLEST_BUFFER, Math.min(LARGEST_BUFFER, fitting));
    }

    /** Returns a warning when peers that do not read could use up direct memory or the heap. */
    public Optional<String> shortage() {
        long direct = maxConnections * DIRECT_BYTES;
        if (direct > directBytes - loopsBytes) {
            return Optional.of(
                    shortage(
                            "%d MiB of direct memory, and loops leave %d: set"
                                    + " -XX:MaxDirectMemorySize",
                            direct, directBytes - loopsBytes));
        }
        long heap = maxConnections * connectionHeapBytes;
        return heap > heapBytes / HEAP_SHARE
                ? Optional.of(
                        shortage(
                                "%d MiB of the heap, and half of it is %d: set -Xmx",
                                heap, heapBytes / HEAP_SHARE))
                : Optional.empty();
    }

    private String shortage(String what, long wanted, long left) {
        return String.format(
                Locale.ROOT,
                "%d connections whose peers do not read may need " + what,
                maxConnections,
                wanted >> 20,
                left >> 20);
    }

    /** Returns the container's limit, which includes socket buffers; no limit outside of one. */
    private static long memoryBytes() {
        if (!(ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean os)) {
            return Long.MAX_VALUE;
        }
        try (Stream<String> lines = Files.lines(Path.of("/proc/meminfo"))) {
            long machineBytes =
                    lines.filter(line -> line.startsWith("MemTotal:"))
                            .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
                            .findFirst()
                            .orElse(0);
            return os.getTotalMemorySize() < machineBytes
                    ? os.getTotalMemorySize()
                    : Long.MAX_VALUE;
        } catch (IOException e) {
            return Long.MAX_VALUE; // Not Linux, so no container.
        }
    }

    @Override
    public String toString() {
        // The ready line would wait for the first use of a Formatter.
        return "at most: heap "
                + (heapBytes >> 20)
                + " MiB, direct "
                + (directBytes >> 20)
                + " MiB, kernel "
                + (kernelBytes() >> 20)
                + " MiB if all "
                + maxConnections
                + " connections are full (two buffers of "
                + (socketBufferBytes >> 10)
                + " KiB each, doubled)";
    }
}
