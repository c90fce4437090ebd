package io.echo.bench.race;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Sends requests to the admin port of our server until it is closed, beside the load on its echo
 * ports.
 *
 * <p>A thread of this process sends them; the process is kept off the server's core.
 */
final class AdminLoad implements AutoCloseable {
    private static final int ABUSES_A_SECOND = 300;
    private static final int DRIPPING = 48;
    private static final int DRIP_EVERY = 10;
    private static final int TIMEOUT_MS = 5_000;

    /** Smallest part of the planned requests with which a round counts. */
    private static final double KEPT = 0.95;

    /** A malformed request, one that is expensive to answer, and a connection without a request. */
    private static final List<String> ABUSES =
            List.of("\0\r\n\r\n", "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n", "");

    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor();
    private final long startNs = System.nanoTime();
    private final long periodNs;
    private final List<Socket> dripping;

    /** Written by the thread of the requests only. */
    private volatile long made;

    /** Written by that thread only; the first failure ends the requests. */
    private volatile Optional<IOException> failure = Optional.empty();

    private AdminLoad(int aSecond, List<Socket> dripping, Request request) {
        this.periodNs = TimeUnit.SECONDS.toNanos(1) / aSecond;
        this.dripping = dripping;
        thread.scheduleAtFixedRate(() -> make(request), 0, periodNs, TimeUnit.NANOSECONDS);
    }

    private interface Request {
        void make(long number) throws IOException;
    }

    private void make(Request request) {
        if (failure.isEmpty()) {
            try {
                long number = made;
                request.make(number);
                made = number + 1;
            } catch (IOException e) {
                failure = Optional.of(e);
            }
        }
    }

    /** Scrapes the metrics of a server once a second. */
    static AdminLoad scrapes(ServerProcess server) {
        return new AdminLoad(1, List.of(), number -> server.metrics());
    }

    /** Holds 48 connections that send a request byte by byte, and makes 300 others a second. */
    static AdminLoad abuse(ServerProcess server) throws IOException {
        InetSocketAddress admin = server.admin();
        List<Socket> dripping = new ArrayList<>();
        while (dripping.size() < DRIPPING) {
            dripping.add(connected(admin));
        }
        return new AdminLoad(
                ABUSES_A_SECOND,
                dripping,
                number -> {
                    if (number % DRIP_EVERY == 0) {
                        drip(dripping, (int) (number / DRIP_EVERY % DRIPPING), admin);
                    }
                    try (Socket visit = connected(admin)) {
                        String words = ABUSES.get((int) (number % ABUSES.size()));
                        visit.getOutputStream().write(words.getBytes(StandardCharsets.US_ASCII));
                    }
                });
    }

    private static void drip(List<Socket> dripping, int place, InetSocketAddress admin)
            throws IOException {
        try {
            dripping.get(place).getOutputStream().write('G');
        } catch (IOException e) {
            dripping.get(place).close(); // the server ended it
            dripping.set(place, connected(admin));
        }
    }

    private static Socket connected(InetSocketAddress address) throws IOException {
        Socket socket = new Socket(Proxy.NO_PROXY);
        socket.connect(address, TIMEOUT_MS);
        return socket;
    }

    /** Throws when a request failed, or when they were too few for their rate. */
    void check() throws IOException {
        if (failure.isPresent()) {
            IOException cause = failure.get();
            throw new IOException("a request to the admin port failed: " + cause, cause);
        }
        long planned = (long) (KEPT * (System.nanoTime() - startNs) / periodNs) - 1;
        if (made < planned) {
            throw new IOException("too few requests to the admin port: " + made + " of " + planned);
        }
    }

    @Override
    public void close() throws IOException {
        thread.shutdownNow();
        for (Socket socket : dripping) {
            socket.close();
        }
    }
}
