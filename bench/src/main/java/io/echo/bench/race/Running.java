package io.echo.bench.race;

import io.echo.client.Target.Protocol;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** A server that has been started, from its first echo until it is closed. */
final class Running implements AutoCloseable {
    private static final long START_NS = TimeUnit.SECONDS.toNanos(20);
    private static final int TRIES = 50;
    private static final int TCP_MS = 1_000;
    private static final long END_S = 5;

    private final Peer peer;
    private final int port;
    private final Process process;
    private final long firstEchoNs;

    private Running(Peer peer, int port, Process process, long firstEchoNs) {
        this.peer = peer;
        this.port = port;
        this.process = process;
        this.firstEchoNs = firstEchoNs;
    }

    /** Starts a server, and returns once it has echoed. */
    static Running start(
            Peer peer, Protocol protocol, List<String> pin, Path log, CompletableFuture<?> stop)
            throws IOException, InterruptedException {
        int port = freePort();
        // A session of its own, so that Ctrl-C reaches this process alone, which ends the others.
        List<String> command = new ArrayList<>(List.of("setsid"));
        command.addAll(pin);
        command.addAll(peer.command().on(protocol, port));
        long from = System.nanoTime();
        Process process =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(log.toFile())
                        .start();
        Running running = new Running(peer, port, process, 0);
        try {
            while (!echoes(protocol, port)) {
                if (stop.isDone()) {
                    throw new IOException("interrupted");
                }
                if (process.waitFor(1, TimeUnit.MILLISECONDS)
                        || System.nanoTime() - from > START_NS) {
                    throw new IOException(peer.name() + " must start and echo, got " + last(log));
                }
            }
            return new Running(peer, port, process, System.nanoTime() - from);
        } catch (IOException | InterruptedException e) {
            running.close();
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

    long firstEchoNs() {
        return firstEchoNs;
    }

    private static String last(Path log) throws IOException {
        List<String> lines = Files.readAllLines(log);
        return lines.isEmpty() ? "silence" : lines.get(lines.size() - 1);
    }

    private static boolean echoes(Protocol protocol, int port) throws IOException {
        InetAddress loopback = InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
        byte[] message = {'?'};
        if (protocol == Protocol.UDP) {
            try (DatagramSocket socket = new DatagramSocket(0, loopback)) {
                socket.setSoTimeout(1);
                socket.send(new DatagramPacket(message, 1, loopback, port));
                socket.receive(new DatagramPacket(new byte[1], 1));
                return true;
            } catch (SocketTimeoutException e) {
                return false;
            }
        }
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(loopback, port), TCP_MS);
            socket.setSoTimeout(TCP_MS);
            socket.getOutputStream().write(message);
            return socket.getInputStream().read() == message[0];
        } catch (IOException e) {
            return false; // refused, or not yet
        }
    }

    /** A port that is free for both protocols. */
    private static int freePort() throws IOException {
        for (int i = 0; i < TRIES; i++) {
            try (ServerSocket tcp = new ServerSocket(0);
                    DatagramSocket udp = new DatagramSocket(tcp.getLocalPort())) {
                return udp.getLocalPort();
            } catch (java.net.BindException e) {
                // Taken for the other protocol: another one.
            }
        }
        throw new IOException("a free port must be found, got none in " + TRIES + " tries");
    }

    /** Ends the server and all of its children. */
    @Override
    public void close() {
        List<ProcessHandle> children = process.descendants().toList();
        process.destroyForcibly();
        children.forEach(ProcessHandle::destroyForcibly);
        try {
            process.waitFor(END_S, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
