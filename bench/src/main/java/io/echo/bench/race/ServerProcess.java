package io.echo.bench.race;

import io.echo.bench.race.RaceServers.Peer;
import io.echo.client.Target.Protocol;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A server that has been started, from its first echo until it is closed. */
final class ServerProcess implements AutoCloseable {
    private static final Path EPHEMERAL = Path.of("/proc/sys/net/ipv4/ip_local_port_range");
    private static final int USUAL_EPHEMERAL = 32_768;
    private static final long START_NS = TimeUnit.SECONDS.toNanos(20);
    private static final int TRIES = 100;
    private static final int TCP_MS = 1_000;
    private static final long END_S = 5;
    private static final byte KNOCK = '?';

    private final Peer peer;
    private final int port;
    private final Process process;
    private final Path log;
    private final long startedNs;
    private final long firstEchoNs;

    private ServerProcess(
            Peer peer, int port, Process process, Path log, long startedNs, long firstEchoNs) {
        this.peer = peer;
        this.port = port;
        this.process = process;
        this.log = log;
        this.startedNs = startedNs;
        this.firstEchoNs = firstEchoNs;
    }

    /**
     * How a server is started.
     *
     * @param pin the words that keep it on its core
     * @param jvmOptions for our server
     * @param log where its output goes
     */
    record Way(Protocol protocol, List<String> pin, List<String> jvmOptions, Path log) {}

    /** Starts a server, and returns once it has echoed. */
    public static ServerProcess start(Peer peer, Way way, CompletableFuture<?> stop)
            throws IOException, InterruptedException {
        int port = freePort();
        // A session of its own, so that Ctrl-C reaches this process alone, which ends the others.
        List<String> command = new ArrayList<>(List.of("setsid"));
        command.addAll(way.pin());
        command.addAll(peer.start().on(way.protocol(), "" + port, way.jvmOptions()));
        long from = System.nanoTime();
        Process process =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(way.log().toFile())
                        .start();
        ServerProcess starting = new ServerProcess(peer, port, process, way.log(), from, 0);
        try {
            starting.awaitEcho(way.protocol(), stop);
            return new ServerProcess(peer, port, process, way.log(), from, System.nanoTime());
        } catch (IOException | InterruptedException e) {
            starting.close();
            throw e;
        }
    }

    Peer peer() {
        return peer;
    }

    int port() {
        return port;
    }

    long pid() {
        return process.pid();
    }

    Path log() {
        return log;
    }

    /** From the start of the program. */
    long firstEchoNs() {
        return firstEchoNs - startedNs;
    }

    /** Whether it is alive after a time in which it is left alone. */
    boolean rests(long seconds) throws InterruptedException {
        return !process.waitFor(seconds, TimeUnit.SECONDS);
    }

    /** Stops its threads, so that what it does without a client costs the others nothing. */
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

    private void awaitEcho(Protocol protocol, CompletableFuture<?> stop)
            throws IOException, InterruptedException {
        while (!echoes(protocol)) {
            if (process.waitFor(1, TimeUnit.MILLISECONDS)
                    || System.nanoTime() - startedNs > START_NS) {
                List<String> lines = Files.readAllLines(log);
                throw new IOException(
                        "it must start and echo, got "
                                + (lines.isEmpty() ? "silence" : lines.get(lines.size() - 1)));
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
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(loopback, port), TCP_MS);
            socket.setSoTimeout(TCP_MS);
            socket.getOutputStream().write(KNOCK);
            return socket.getInputStream().read() == KNOCK;
        }
    }

    /**
     * A port that is free for both protocols, and that no client is given: one that connects to a
     * server that is not there yet would else end up talking to itself.
     */
    private static int freePort() throws IOException {
        int end = USUAL_EPHEMERAL;
        if (Files.isReadable(EPHEMERAL)) {
            // By lines, since the kernel gives such a file to the first read alone.
            end = Integer.parseInt(Files.readAllLines(EPHEMERAL).get(0).split("\\s+")[0]);
        }
        for (int i = 0; i < TRIES; i++) {
            int port = ThreadLocalRandom.current().nextInt(end / 2, end);
            try (ServerSocket tcp = new ServerSocket(port);
                    DatagramSocket udp = new DatagramSocket(tcp.getLocalPort())) {
                return udp.getLocalPort();
            } catch (java.net.BindException e) {
                // Taken: another one.
            }
        }
        throw new IOException("a free port below " + end + " must be found, got none");
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
                // It cannot be killed, and nothing more can be done.
            }
        }
    }
}
