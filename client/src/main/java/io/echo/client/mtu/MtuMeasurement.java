package io.echo.client.mtu;

import io.echo.client.mtu.MtuResult.Ports;
import io.echo.net.Transport;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.ToIntFunction;
import java.util.stream.Stream;

/**
 * Measures the largest datagram that an echo sends back whole, and why larger ones do not come.
 *
 * <p>Ten small datagrams first, for the loss and to see that anything comes back; where nothing
 * does, from other ports as well ({@link PortSearch}), and all that follows is of one port. Then
 * the search with fragments forbidden ({@link SizeSearch}); where nobody told of the limit, {@link
 * RateCheck}; at last a few larger sizes with fragments allowed. Waits one timeout and a half when
 * nothing comes back, and about ten at a limit that nobody tells of, with at least four seconds of
 * rest; else only for round trips.
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
    private final boolean fixedPort;
    private final PortSearch.Opener opener;
    private final PathSocket gauge;

    /** Sockets that {@link #stop} ends. */
    private final List<PathSocket> sockets = new CopyOnWriteArrayList<>();

    private volatile boolean stopping;
    private PathSocket whole;
    private Optional<PathSocket> parts = Optional.empty();

    // Findings so far, for the case that it is stopped.
    private OptionalInt interfaceMtu = OptionalInt.empty();
    private OptionalInt cutTo = OptionalInt.empty();
    private Optional<Reason> reason = Optional.empty();
    private Ports ports = new Ports(1, List.of());
    private boolean byInterface;
    private boolean corruptLarger;
    private boolean gone;

    private MtuMeasurement(
            InetSocketAddress remote,
            OptionalInt port,
            Duration timeout,
            Transport transport,
            EventLoopGroup loop)
            throws IOException {
        this.remote = remote;
        this.timeout = timeout;
        this.headers = PathSocket.headerBytes(PathSocket.isIpv4(remote));
        this.fixedPort = port.isPresent();
        this.opener = local -> watched(PathSocket.open(loop, transport, remote, local));
        this.whole = opener.open(port.orElse(0));
        this.gauge = opener.open(0);
    }

    /**
     * Measures one address to the end.
     *
     * @param port to send from; empty for one that the kernel picks, or another one that is
     *     answered
     * @param timeout longest wait for a reply
     * @param stop ends it at once, with what is known, when it completes
     * @throws IOException with a one-line message when there can be no such socket
     */
    public static MtuResult run(
            InetSocketAddress remote,
            OptionalInt port,
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
            MtuMeasurement measurement = new MtuMeasurement(remote, port, timeout, transport, loop);
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
        stopping = true;
        sockets.forEach(PathSocket::stop);
    }

    private PathSocket watched(PathSocket socket) {
        sockets.add(socket);
        if (stopping) {
            socket.stop();
        }
        return socket;
    }

    private void measure() throws StoppedException, IOException {
        if (!findsLivePort()) {
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
        } else if (book.isCorrupt(search.limit())) {
            corruptLarger = true; // they do come back, so that there is no limit to explain
        } else if (isTold(search, cap)) {
            reason = Optional.of(Reason.TOLD);
            passFragments();
        } else if (search.isGone()) {
            // Small ones, too, died after large ones: of a rate, if they come back after a rest.
            book.await(System.nanoTime() + Patience.REST_NS, () -> false);
            gone = !answersSmall(timeout);
            reason = gone ? Optional.empty() : Optional.of(Reason.RATE);
        } else if (new RateCheck(whole, timeout.toNanos())
                .isRate(book.largestWhole(), search.limit(), cap)) {
            reason = Optional.of(Reason.RATE);
        } else {
            passFragments();
            boolean passes = passedFragmented() > book.largestWhole();
            reason = Optional.of(passes ? Reason.FRAGMENTED : Reason.SILENT);
        }
    }

    /** Finds a port that is answered; false where none is. */
    private boolean findsLivePort() throws StoppedException, IOException {
        if (answersSmall(fixedPort ? timeout : timeout.dividedBy(2))) {
            return true;
        }
        if (fixedPort) {
            ports = new Ports(1, List.of(whole.local().getPort()));
            return false;
        }
        PortSearch search = new PortSearch(whole, timeout);
        try {
            whole = search.run(opener);
        } finally {
            ports = search.ports();
        }
        return whole.book().smallReceived() > 0 && answersSmall(timeout);
    }

    /**
     * Sends small datagrams; ends at once when all came back, or the port is refused, and after one
     * timeout when some did.
     *
     * @param wait for the first one
     */
    private boolean answersSmall(Duration wait) throws StoppedException {
        DatagramBook book = whole.book();
        int before = book.smallReceived();
        List<Integer> numbers = new ArrayList<>();
        for (int i = 0; i < SMALL_TRIES && !book.isRefused(); i++) {
            whole.send(DatagramBook.SMALL_BYTES).ifPresent(numbers::add);
            book.await(System.nanoTime() + Patience.pauseNs(0), () -> false);
        }
        long sentNs = System.nanoTime();
        book.await(
                sentNs + wait.toNanos(), () -> book.smallReceived() > before || book.isRefused());
        if (book.smallReceived() > before) {
            book.await(sentNs + timeout.toNanos(), () -> numbers.stream().allMatch(book::isWhole));
        }
        return book.smallReceived() > before;
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
            byInterface = true;
            return true;
        }
        int mtu = whole.pathMtu().orElse(0);
        boolean belowLeast = mtu == LEAST_PATH_MTU && packet < mtu && whole.book().tooLarge() > 0;
        boolean refused = search.refused().orElse(0) == largest + 1;
        // PROBE refuses only what is larger than the interface's MTU.
        byInterface = refused && mtu > 0;
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
        PathSocket allowing = whole.allowFragments();
        parts = Optional.of(allowing);
        SizeSearch search = new SizeSearch(allowing, patience, LARGEST_BYTES);
        search.round(List.of(largest + 1));
        if (passedFragmented() > largest) {
            search.round(
                    Arrays.stream(FRAGMENTED_BYTES)
                            .filter(bytes -> bytes > largest + 1)
                            .boxed()
                            .toList());
        }
    }

    private int passedFragmented() {
        return parts.map(socket -> socket.book().largestWhole()).orElse(0);
    }

    /** Tells if what is sent to the address stays on this host. */
    private boolean isLoopback() throws IOException {
        return remote.getAddress().isLoopbackAddress()
                || NetworkInterface.getByInetAddress(remote.getAddress()) != null;
    }

    private int count(ToIntFunction<DatagramBook> what) {
        return Stream.concat(sockets.stream().filter(socket -> socket != gauge), parts.stream())
                .map(PathSocket::book)
                .mapToInt(what)
                .sum();
    }

    private MtuResult result(Duration took, boolean stopped) throws IOException {
        DatagramBook book = whole.book();
        int largest = book.largestWhole();
        int fragmented = passedFragmented();
        return new MtuResult(
                remote,
                whole.local(),
                ports,
                largest == 0 ? OptionalInt.empty() : OptionalInt.of(largest),
                reason,
                byInterface,
                whole.pathMtu(),
                isLoopback(),
                interfaceMtu,
                fragmented > largest ? OptionalInt.of(fragmented) : OptionalInt.empty(),
                cutTo,
                corruptLarger,
                new MtuResult.Counts(
                        count(DatagramBook::tries),
                        count(DatagramBook::whole),
                        book.smallSent(),
                        book.smallReceived(),
                        count(DatagramBook::corrupted)),
                took,
                stopped,
                gone,
                Optional.ofNullable(book.problem()));
    }
}
