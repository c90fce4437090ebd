package io.echo.client.socket;

import io.echo.cli.FlagValues;
import io.echo.net.HostText;
import io.echo.net.Target;
import io.netty.util.NetUtil;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Addresses: those of a target's host, in the order in which they should be tried, and ours. */
public final class HostLookup {
    private static final int UNIQUE_LOCAL = 0xFC;
    private static final int UNIQUE_LOCAL_MASK = 0xFE;

    private HostLookup() {}

    /**
     * Returns an address of this machine to send from, as a flag names it.
     *
     * @throws IOException with a one-line message, when it is none
     */
    public static InetAddress local(String flag, String text) throws IOException {
        try {
            return InetAddress.getByName(HostText.read(flag, text.replaceAll("^\\[(.*)]$", "$1")));
        } catch (UnknownHostException e) {
            throw new IOException(flag + " must be an address of this machine, got " + text, e);
        }
    }

    /** Tells whether an address is outside loopback and private networks. */
    public static boolean isPublic(InetAddress address) {
        boolean uniqueLocal =
                address instanceof Inet6Address
                        && (address.getAddress()[0] & UNIQUE_LOCAL_MASK) == UNIQUE_LOCAL;
        return !address.isLoopbackAddress()
                && !address.isSiteLocalAddress()
                && !address.isLinkLocalAddress()
                && !address.isAnyLocalAddress()
                && !uniqueLocal;
    }

    /**
     * Looks the host up on a thread of its own, since the JDK has no timeout for it.
     *
     * @return at least one address
     * @throws IOException with a one-line message, when there is none or it takes too long
     */
    public static List<InetSocketAddress> addresses(Target target, Duration timeout)
            throws IOException, InterruptedException {
        return addresses(target, timeout, new CompletableFuture<>());
    }

    /**
     * Looks the host up until it is stopped.
     *
     * @param stop ends the wait when it completes
     * @return at least one address, or none when it was stopped
     * @throws IOException with a one-line message, when there is none or it takes too long
     */
    public static List<InetSocketAddress> addresses(
            Target target, Duration timeout, CompletableFuture<?> stop)
            throws IOException, InterruptedException {
        CompletableFuture<InetAddress[]> found = new CompletableFuture<>();
        if (NetUtil.isValidIpV4Address(target.host())
                || NetUtil.isValidIpV6Address(target.host())) {
            find(target, found); // Needs no name server, so no thread.
        } else {
            start(() -> find(target, found));
        }
        try {
            CompletableFuture.anyOf(found, stop).get(timeout.toNanos(), TimeUnit.NANOSECONDS);
            if (stop.isDone()) {
                return List.of();
            }
            return Arrays.stream(found.join())
                    .map(address -> new InetSocketAddress(address, target.port()))
                    .toList();
        } catch (ExecutionException e) {
            IOException unknown = new UnknownHostException("unknown host: " + target.host());
            throw (IOException) unknown.initCause(e.getCause());
        } catch (TimeoutException e) {
            throw new IOException(
                    "looking up " + target.host() + " took longer than " + FlagValues.show(timeout),
                    e);
        }
    }

    private static void find(Target target, CompletableFuture<InetAddress[]> found) {
        try {
            found.complete(InetAddress.getAllByName(target.host()));
        } catch (UnknownHostException e) {
            found.completeExceptionally(e);
        }
    }

    private static void start(Runnable lookup) {
        Thread thread = new Thread(lookup, "echo-lookup");
        thread.setDaemon(true);
        thread.start();
    }
}
