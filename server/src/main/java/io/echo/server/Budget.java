package io.echo.server;

import com.sun.management.OperatingSystemMXBean;
import com.sun.management.UnixOperatingSystemMXBean;
import io.netty.util.internal.PlatformDependent;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What a full server holds at most, said once at the start.
 *
 * @param maxConnections what the limit, the descriptors and the memory of this process allow
 * @param heapBytes of the JVM
 * @param directBytes of Netty and the JVM
 * @param kernelBytes of the socket buffers of so many connections; the kernel takes them as needed
 */
record Budget(int maxConnections, long heapBytes, long directBytes, long kernelBytes) {
    /**
     * What the kernel may hold of a connection, each way; it doubles the number for its own needs
     * (socket(7)). Left to itself it grows to some 9 MiB, so that ten thousand peers that never
     * read would cost 90 GB. It also bounds what epoll makes us read at once: behind a half-close,
     * Netty reads everything, whether the channel wants to or not (EpollRecvByteAllocatorHandle).
     */
    static final int SOCKET_BUFFER_BYTES = 256 << 10;

    private static final int DEFAULT_MAX_CONNECTIONS = 10_000;

    /** Descriptors left to everything that is not a connection. */
    private static final int RESERVED_DESCRIPTORS = 64;

    /** What the kernel holds of a connection at most: it doubles what is asked for (socket(7)). */
    private static final long CONNECTION_BYTES = 2L * SOCKET_BUFFER_BYTES * 2;

    /** One half of the memory is for the kernel's buffers, the other for the JVM and Netty. */
    private static final int KERNEL_SHARE = 2;

    /**
     * Direct memory for each connection. One whose peer does not read takes up to 192 KiB: the
     * receive slot that waits first, what queues behind it up to {@link TcpGuard#WATER_MARK}, and
     * the read that goes over. The rest is for all else.
     */
    private static final long DIRECT_BYTES = 256 << 10;

    /**
     * Works the budget out.
     *
     * @throws IOException when the descriptor limit is below what was asked for
     */
    static Budget of(ServerConfig config) throws IOException {
        long allowed = descriptors() - RESERVED_DESCRIPTORS;
        if (allowed < 1) {
            throw new IOException(
                    "the descriptor limit must be over " + RESERVED_DESCRIPTORS
                            + ", got " + descriptors());
        }
        int asked = config.tcp().maxConnections().orElse(0);
        if (asked > allowed) {
            throw new IOException(
                    "--max-connections must be at most " + allowed + " with a descriptor limit of "
                            + descriptors() + ", got " + asked);
        }
        long directBytes = PlatformDependent.estimateMaxDirectMemory();
        int max = asked > 0 ? asked : defaultConnections(allowed, memoryBytes(), directBytes);
        return new Budget(
                max, Runtime.getRuntime().maxMemory(), directBytes, max * CONNECTION_BYTES);
    }

    /**
     * Connections that peers who never read cannot make too many.
     *
     * @param descriptors free for connections, at least 1
     * @param memoryBytes what this process and its sockets may take together, by its container
     * @param directBytes what Netty's buffers may take
     */
    static int defaultConnections(long descriptors, long memoryBytes, long directBytes) {
        long held =
                Math.min(memoryBytes / KERNEL_SHARE / CONNECTION_BYTES, directBytes / DIRECT_BYTES);
        return (int) Math.max(
                1, Math.min(DEFAULT_MAX_CONNECTIONS, Math.min(descriptors, held)));
    }

    /** What is wrong with a limit of connections that peers who do not read can make too many. */
    Optional<String> shortage() {
        long wanted = maxConnections * DIRECT_BYTES;
        return wanted <= directBytes
                ? Optional.empty()
                : Optional.of(
                        String.format(
                                Locale.ROOT,
                                "%d connections whose peers do not read may need %d MiB of direct"
                                        + " memory, and there are %d: the JVM takes"
                                        + " -XX:MaxDirectMemorySize",
                                maxConnections,
                                wanted >> 20,
                                directBytes >> 20));
    }

    /** The container's limit, where it has one; the kernel counts socket buffers in it. */
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
            return Long.MAX_VALUE; // Not Linux: no containers.
        }
    }

    private static long descriptors() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean os
                ? os.getMaxFileDescriptorCount()
                : Integer.MAX_VALUE;
    }

    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "at most: heap %d MiB, direct %d MiB, kernel %d MiB for %d connections",
                heapBytes >> 20,
                directBytes >> 20,
                kernelBytes >> 20,
                maxConnections);
    }
}
