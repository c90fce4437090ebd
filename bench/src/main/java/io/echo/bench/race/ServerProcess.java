package io.echo.bench.race;

import io.echo.bench.race.RaceServers.OwnOptions;
import io.echo.bench.race.RaceServers.Peer;
import io.echo.net.Protocol;
import java.io.IOException;
import java.io.InputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.URLConnection;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A running server, from its first echo until {@link #close}. */
final class ServerProcess implements AutoCloseable {
    private static final Path EPHEMERAL = Path.of("/proc/sys/net/ipv4/ip_local_port_range");
    private static final int USUAL_EPHEMERAL = 32_768;
    private static final long START_NS = TimeUnit.SECONDS.toNanos(20);
    private static final int TRIES = 100;
    private static final int TCP_MS = 1_000;
    private static final long END_S = 5;
    private static final byte KNOCK = '?';
    private static final int ADMIN_MS = 5_000;
    private static final Pattern ADMIN = Pattern.compile("^ready .*admin=([^ :]+):(\\d+)");

    private final int port;
    private final Process process;
    private final Path log;
    private final long startedNs;
    private final long firstEchoNs;

    private ServerProcess(int port, Process process, Path log, long startedNs, long firstEchoNs) {
        this.port = port;
        this.process = process;
        this.log = log;
        this.startedNs = startedNs;
        this.firstEchoNs = firstEchoNs;
    }

    /**
     * A way to start a server.
     *
     * @param pin the command that pins it to its core
     * @param own the options of our server; others ignore them
     * @param log the file for its output
     */
    record Way(Protocol protocol, List<String> pin, OwnOptions own, Path log) {}

    /** Starts a server, and returns after its first echo, and after the ready line of ours. */
    static ServerProcess start(Peer peer, Way way, CompletableFuture<?> stop)
            throws IOException, InterruptedException {
        int port = freePort();
        // In its own session: Ctrl-C reaches this process only, and it ends the servers.
        List<String> command = new ArrayList<>(List.of("setsid"));
        command.addAll(way.pin());
        command.addAll(peer.start().on(way.protocol(), "" + port, way.own()));
        long from = System.nanoTime();
        Process process =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(way.log().toFile())
                        .start();
        ServerProcess starting = new ServerProcess(port, process, way.log(), from, 0);
        try {
            starting.await(() -> starting.echoes(way.protocol()), stop);
            long echoed = System.nanoTime();
            if (peer.isOurs()) {
                starting.await(() -> starting.ready().isPresent(), stop);
            }
            return new ServerProcess(port, process, way.log(), from, echoed);
        } catch (IOException | InterruptedException e) {
            starting.close();
            throw e;
        }
    }

    int port() {
        return port;
    }

    long pid() {
        return process.pid();
    }

    /** Returns the admin address of our server, from its ready line. */
    InetSocketAddress admin() throws IOException {
        MatchResult ready = ready().orElseThrow();
        return new InetSocketAddress(ready.group(1), Integer.parseInt(ready.group(2)));
    }

    private Optional<MatchResult> ready() throws IOException {
        try (Stream<String> lines = Files.lines(log)) {
            return lines.flatMap(line -> ADMIN.matcher(line).results()).findFirst();
        }
    }

    /** Scrapes the metrics of our server. */
    String metrics() throws IOException {
        InetSocketAddress at = admin();
        URI page = URI.create("http://" + at.getHostString() + ":" + at.getPort() + "/metrics");
        URLConnection connection = page.toURL().openConnection(Proxy.NO_PROXY);
        connection.setReadTimeout(ADMIN_MS);
        try (InputStream in = connection.getInputStream()) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    /** Returns the time from the start of the program to its first echo. */
    long firstEchoNs() {
        return firstEchoNs - startedNs;
    }

    /** Waits, and returns whether the server is still alive. */
    boolean rests(long seconds) throws InterruptedException {
        return !process.waitFor(seconds, TimeUnit.SECONDS);
    }

    /** Stops its threads, so that an idle server takes nothing from the others. */
    void pause() throws IOException {
        signal("STOP");
    }

    void resume() throws IOException {
        signal("CONT");
    }

    private void signal(String name) throws IOException {
        if (!process.isAlive()) {
            return;
        }
        BuildDirectory.output(List.of("kill", "-" + name, "" + pid()), Map.of());
    }

    private interface Condition {
        boolean holds() throws IOException;
    }

    private void await(Condition condition, CompletableFuture<?> stop)
            throws IOException, InterruptedException {
        while (!condition.holds()) {
            if (process.waitFor(1, TimeUnit.MILLISECONDS)
                    || System.nanoTime() - startedNs > START_NS) {
                List<String> lines = Files.readAllLines(log);
                throw new IOException(
                        "it did not start: "
                                + (lines.isEmpty() ? "no output" : lines.get(lines.size() - 1)));
            }
            if (stop.isDone()) {
                throw new IOException("the race was stopped");
            }
        }
    }

    private boolean echoes(Protocol protocol) {
        try {
            InetAddress loopback = InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
            return protocol == Protocol.UDP ? echoesUdp(loopback) : echoesTcp(loopback);
        } catch (IOException e) {
            return false; // refused, or nothing yet
        }
    }

    private boolean echoesUdp(InetAddress loopback) throws IOException {
        try (DatagramSocket socket = new DatagramSocket(0, loopback)) {
            socket.setSoTimeout(1);
            socket.send(new DatagramPacket(new byte[] {KNOCK}, 1, loopback, port));
            socket.receive(new DatagramPacket(new byte[1], 1));
            return true;
        }
    }

    private boolean echoesTcp(InetAddress loopback) throws IOException {
        try (Socket socket = new Socket(Proxy.NO_PROXY)) {
            socket.connect(new InetSocketAddress(loopback, port), TCP_MS);
            socket.setSoTimeout(TCP_MS);
            socket.getOutputStream().write(KNOCK);
            return socket.getInputStream().read() == KNOCK;
        }
    }

    /**
     * Returns a port that is free for both protocols and outside the ephemeral range: a client that
     * got the port itself would connect to itself.
     */
    private static int freePort() throws IOException {
        int end = USUAL_EPHEMERAL;
        if (Files.isReadable(EPHEMERAL)) {
            // By lines: such a file must be read in one piece.
            end = Integer.parseInt(Files.readAllLines(EPHEMERAL).get(0).split("\\s+")[0]);
        }
        for (int i = 0; i < TRIES; i++) {
            int port = ThreadLocalRandom.current().nextInt(end / 2, end);
            try (ServerSocket tcp = new ServerSocket(port);
                    DatagramSocket udp = new DatagramSocket(tcp.getLocalPort())) {
                return udp.getLocalPort();
            } catch (java.net.BindException e) {
                // Taken: try another.
            }
        }
        throw new IOException("no free port below " + end);
    }

    /** Ends the server and all of its children. */
    @Override
    public void close() {
        List<ProcessHandle> all = new ArrayList<>(process.descendants().toList());
        all.add(0, process.toHandle());
        all.forEach(ProcessHandle::destroyForcibly);
        for (ProcessHandle one : all) {
            try {
                one.onExit().get(END_S, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (java.util.concurrent.ExecutionException | TimeoutException e) {
                // It cannot be killed.
            }
        }
    }
}
