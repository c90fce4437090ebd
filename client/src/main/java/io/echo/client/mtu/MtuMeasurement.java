package io.echo.client.mtu;

import io.echo.net.Transport;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Measures the largest datagram that an echo sends back whole, and why larger ones do not come.
 *
 * <p>Ten small datagrams first, for the loss and to see that anything comes back. Then the search
 * with fragments forbidden ({@link SizeSearch}); where nobody told of the limit, {@link RateCheck};
 * at last a few larger sizes with fragments allowed. Waits one timeout when nothing comes back, and
 * about ten at a limit that nobody tells of, with at least four seconds of rest; else only for
 * round trips.
 *
 * <p>A plain echo does not tell directions apart: the limit may be that of the way there or of the
 * way back. On the way back a kernel fragments as it does by default, so there a smaller link
 * passes larger datagrams unless fragments are dropped.
 */
public final class MtuMeasurement {
    /** The largest payload of IPv4; more is not tried over IPv6 either. */
    public static final int LARGEST_BYTES = 65_507;

    private static final int SMALL_TRIES = 10;

    /** MTUs that links have: Ethernet, tunnels in it, the least of IPv6 and of IPv4. */
    private static final int[] USUAL_MTUS = {
        9_000, 1_500, 1_492, 1_480, 1_476, 1_472, 1_460, 1_450, 1_440, 1_420, 1_400, 1_300, 1_280,
        576
    };

    /** Linux does not lower its MTU of an IPv4 path further ({@code route/min_pmtu}). */
    private static final int LEAST_PATH_MTU = 552;

    /** Sizes that are tried with fragments allowed. */
    private static final int[] FRAGMENTED_BYTES = {
        LARGEST_BYTES, 32_768, 16_384, 8_192, 4_096, 2_000
    };

    private final InetSocketAddress remote;
    private final Duration timeout;
    private final int headers;
    private final PathSocket whole;
    private final PathSocket parts;
    private final PathSocket gauge;

    // Findings so far, for the case that it is stopped.
    private OptionalInt interfaceMtu = OptionalInt.empty();
    private OptionalInt cutTo = OptionalInt.empty();
    private Optional<Reason> reason = Optional.empty();
    private boolean local;
    private boolean gone;

    private MtuMeasurement(
            InetSocketAddress remote, Duration timeout, Transport transport, EventLoopGroup loop)
            throws IOException {
        this.remote = remote;
        this.timeout = timeout;
        this.headers = PathSocket.headerBytes(PathSocket.isIpv4(remote));
        this.whole = PathSocket.open(loop, transport, remote, false);
        this.parts = PathSocket.open(loop, transport, remote, true);
        this.gauge = PathSocket.open(loop, transport, remote, false);
    }

    /**
     * Measures one address to the end.
     *
     * @param timeout longest wait for a reply
     * @param stop ends it at once, with what is known, when it completes
     * @throws IOException with a one-line message when there can be no such socket
     */
    public static MtuResult run(
            InetSocketAddress remote,
            Duration timeout,
            Transport transport,
            CompletableFuture<?> stop)
            throws IOException {
        transport.requireAvailable();
        long startNs = System.nanoTime();
        EventLoopGroup loop =
                new MultiThreadIoEventLoopGroup(
                        1,
                        new DefaultThreadFactory("echo-mtu", true),
                        transport.newIoHandlerFactory());
        try {
            MtuMeasurement measurement = new MtuMeasurement(remote, timeout, transport, loop);
            stop.thenRun(measurement::stop);
            boolean stopped = false;
            try {
                measurement.measure();
            } catch (StoppedException e) {
                stopped = true;
            }
            return measurement.result(Duration.ofNanos(System.nanoTime() - startNs), stopped);
        } finally {
            loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
        }
    }

    private void stop() {
        List.of(whole, parts, gauge).forEach(socket -> socket.book().stop());
    }

    private void measure() throws StoppedException, IOException {
        if (!answersSmall()) {
            return;
        }
        interfaceMtu = interfaceMtu();
        int cap = Math.min(LARGEST_BYTES, interfaceMtu.orElse(LARGEST_BYTES + headers) - headers);
        DatagramBook book = whole.book();
        Patience patience = new Patience(book, timeout);
        SizeSearch search = new SizeSearch(whole, patience, cap);
        search.run(this::hints);
        cutTo = search.cutTo();
        if (book.largestWhole() >= LARGEST_BYTES) {
            reason = Optional.of(Reason.NONE);
        } else if (cutTo.isPresent()) {
            reason = Optional.of(Reason.CUT);
        } else if (isTold(search, cap)) {
            reason = Optional.of(Reason.TOLD);
            passFragments();
        } else if (search.isGone()) {
            // Small ones, too, died after large ones: of a rate, if they come back after a rest.
            book.await(System.nanoTime() + Patience.REST_NS, () -> false);
            gone = !answersSmall();
            reason = gone ? Optional.empty() : Optional.of(Reason.RATE);
        } else if (new RateCheck(whole, timeout.toNanos())
                .isRate(book.largestWhole(), search.limit(), cap)) {
            reason = Optional.of(Reason.RATE);
        } else {
            passFragments();
            boolean passes = parts.book().largestWhole() > book.largestWhole();
            reason = Optional.of(passes ? Reason.FRAGMENTED : Reason.SILENT);
        }
    }

    /** Sends small datagrams; ends at once when all came back, or the port is refused. */
    private boolean answersSmall() throws StoppedException {
        DatagramBook book = whole.book();
        int before = book.smallReceived();
        List<Integer> numbers = new ArrayList<>();
        for (int i = 0; i < SMALL_TRIES && !isRefused(book); i++) {
            whole.send(DatagramBook.SMALL_BYTES).ifPresent(numbers::add);
            book.await(System.nanoTime() + Patience.pauseNs(0), () -> false);
        }
        book.await(
                System.nanoTime() + timeout.toNanos(),
                () -> numbers.stream().allMatch(book::isWhole) || isRefused(book));
        return book.smallReceived() > before;
    }

    private static boolean isRefused(DatagramBook book) {
        return book.problem() != null && book.largestWhole() == 0;
    }

    /**
     * Finds the MTU of the interface: a socket of its own, for which no ICMP message can be under
     * way, asks for one byte more than the kernel's MTU of the path. If that leaves, the kernel
     * remembers a smaller path, and the MTU is that of the interface with our address.
     */
    private OptionalInt interfaceMtu() throws StoppedException, IOException {
        OptionalInt known = gauge.pathMtu();
        if (known.isPresent()) {
            int payload = known.getAsInt() - headers + 1;
            if (payload > LARGEST_BYTES || gauge.send(payload).isEmpty()) {
                return known;
            }
        }
        return gauge.addressMtu();
    }

    /**
     * Payloads around the MTU of the path that the kernel knows by now, and those of usual links.
     */
    private List<Integer> hints() {
        TreeSet<Integer> mtus = new TreeSet<>();
        whole.pathMtu().ifPresent(mtu -> mtus.addAll(List.of(mtu, mtu + 1)));
        for (int mtu : USUAL_MTUS) {
            mtus.add(mtu);
        }
        List<Integer> payloads = new ArrayList<>();
        mtus.forEach(mtu -> payloads.add(mtu - headers));
        return payloads;
    }

    /** Tells if this host refuses what is larger, and enters if that is of its own interface. */
    private boolean isTold(SizeSearch search, int cap) {
        int largest = whole.book().largestWhole();
        int packet = largest + headers;
        if (largest == cap && interfaceMtu.orElse(0) == packet) {
            local = true;
            return true;
        }
        int mtu = whole.pathMtu().orElse(0);
        boolean belowLeast = mtu == LEAST_PATH_MTU && packet < mtu && whole.book().tooLarge() > 0;
        boolean refused = search.refused().orElse(0) == largest + 1;
        // PROBE refuses only what is larger than the interface's MTU.
        local = refused && mtu > 0;
        return mtu == packet || belowLeast || refused;
    }

    /**
     * Tries larger sizes with fragments allowed: first one that is a byte too large, of two
     * fragments, and only when that passes the large ones, whose loss would cost a slow line
     * seconds.
     */
    private void passFragments() throws StoppedException {
        int largest = whole.book().largestWhole();
        Patience patience = new Patience(whole.book(), timeout);
        SizeSearch search = new SizeSearch(parts, patience, LARGEST_BYTES);
        search.round(List.of(largest + 1));
        if (parts.book().largestWhole() > largest) {
            search.round(
                    Arrays.stream(FRAGMENTED_BYTES)
                            .filter(bytes -> bytes > largest + 1)
                            .boxed()
                            .toList());
        }
    }

    private MtuResult result(Duration took, boolean stopped) {
        DatagramBook book = whole.book();
        DatagramBook other = parts.book();
        int largest = book.largestWhole();
        int fragmented = other.largestWhole();
        return new MtuResult(
                remote,
                largest == 0 ? OptionalInt.empty() : OptionalInt.of(largest),
                reason,
                local,
                whole.pathMtu(),
                interfaceMtu,
                fragmented > largest ? OptionalInt.of(fragmented) : OptionalInt.empty(),
                cutTo,
                new MtuResult.Counts(
                        book.tries() + other.tries(),
                        book.whole() + other.whole(),
                        book.smallSent(),
                        book.smallReceived(),
                        book.corrupted() + other.corrupted()),
                took,
                stopped,
                gone,
                Optional.ofNullable(book.problem()));
    }
}
