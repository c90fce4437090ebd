package io.echo.client.probe;

import io.echo.net.Protocol;
import io.echo.net.Transport;
import io.netty.channel.EventLoop;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Sends probes to a private echo in this process before the first one that counts.
 *
 * <p>A fresh JVM takes tens of milliseconds to load the classes that a first probe needs, which
 * would look in the results like time on the network. So the same kind of flow sends 500 probes on
 * the same event loop first. Takes a fraction of a second, counts nothing, and sends nothing beyond
 * loopback.
 */
public final class JvmWarmup implements Flow.Events {
    private static final int PROBES = 500;
    private static final long LONGEST_NS = 400_000_000;

    private final CompletableFuture<Void> over = new CompletableFuture<>();

    /** Written on the event loop. */
    private int replies;

    private JvmWarmup() {}

    /**
     * Sends 500 probes; when it cannot, only the first measured times are worse.
     *
     * @param buffers of the loop; its counters of the warm-up are written
     */
    public static void run(
            Transport transport,
            Protocol protocol,
            EventLoop loop,
            LoopBuffers buffers,
            ProbeSizes sizes)
            throws InterruptedException {
        JvmWarmup warmup = new JvmWarmup();
        boolean udp = protocol == Protocol.UDP;
        try (AutoCloseable echo = udp ? new Datagrams() : new Stream()) {
            int port = udp ? ((Datagrams) echo).port() : ((Stream) echo).port();
            FlowConfig config =
                    FlowConfig.of(
                            transport,
                            protocol,
                            new InetSocketAddress(InetAddress.getLoopbackAddress(), port),
                            0,
                            sizes,
                            LONGEST_NS);
            Flow flow = Flow.open(config, loop, buffers, warmup).get();
            loop.execute(() -> warmup.next(flow));
            try {
                warmup.over.get(LONGEST_NS, TimeUnit.NANOSECONDS);
            } finally {
                flow.close().get();
            }
        } catch (TimeoutException e) {
            // A slow machine: it is warm enough.
        } catch (InterruptedException e) {
            throw e;
        } catch (Exception e) {
            // No loopback, no descriptor left: the real flow reports it, or works without.
        }
    }

    private void next(Flow flow) {
        flow.send(System.nanoTime(), false);
        flow.flush();
    }

    @Override
    public void replied(Flow flow, Flow.Kind kind, long sequence, int bytes, long roundTripNs) {
        replies++;
        if (replies == PROBES) {
            over.complete(null);
        }
    }

    @Override
    public void drained(Flow flow) {
        if (!over.isDone() && flow.inFlight() == 0 && flow.open()) {
            next(flow);
        }
    }

    private static void start(Runnable work) {
        Thread thread = new Thread(work, "echo-warmup");
        thread.setDaemon(true);
        thread.start();
    }

    /** Echoes datagrams until it is closed. */
    private static final class Datagrams implements AutoCloseable {
        private final DatagramSocket socket;

        Datagrams() throws IOException {
            socket = new DatagramSocket(0, InetAddress.getLoopbackAddress());
            start(this::serve);
        }

        int port() {
            return socket.getLocalPort();
        }

        private void serve() {
            DatagramPacket packet = new DatagramPacket(new byte[Probe.MAX_BYTES], Probe.MAX_BYTES);
            try {
                while (true) {
                    packet.setLength(Probe.MAX_BYTES);
                    socket.receive(packet);
                    socket.send(packet);
                }
            } catch (IOException e) {
                socket.close(); // the warm-up has ended
            }
        }

        @Override
        public void close() {
            socket.close();
        }
    }

    /** Echoes one connection until either side closes. */
    private static final class Stream implements AutoCloseable {
        private final ServerSocket listener;

        Stream() throws IOException {
            listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
            start(this::serve);
        }

        int port() {
            return listener.getLocalPort();
        }

        private void serve() {
            try (Socket peer = listener.accept()) {
                peer.setTcpNoDelay(true);
                peer.getInputStream().transferTo(peer.getOutputStream());
            } catch (IOException e) {
                // The warm-up has ended.
            }
        }

        @Override
        public void close() throws IOException {
            listener.close();
        }
    }
}
