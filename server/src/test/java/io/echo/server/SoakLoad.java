package io.echo.server;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;

/**
 * Clients of every manner at a bounded rate: streams that finish, reset, vanish, idle, never read,
 * never acknowledge what they have finished, and read slowly; datagrams of all sizes, some from a
 * socket that has gone. The link loses and reorders.
 */
final class SoakLoad implements AutoCloseable {
    private static final long CONNECTION_EVERY_NS = 40_000_000;
    private static final long BURST_EVERY_NS = 10_000_000;
    private static final int BURST = 16;
    private static final int IDLE = 100;
    private static final int STALLED = 8;
    private static final int UNACKNOWLEDGED = 24;
    private static final int SLOW_BYTES = 100_000;
    private static final int SLOW_BITE = 8_000;
    private static final long SLOW_EVERY_NS = 200_000_000;

    /** Counts of actions and of their outcomes, by name. */
    private final ConcurrentMap<String, LongAdder> counts = new ConcurrentHashMap<>();

    private final LossyLink link;
    private final InetSocketAddress server;
    private final List<Thread> threads = new ArrayList<>();
    private volatile boolean stopped;

    SoakLoad(LossyLink link, int port) throws IOException {
        this.link = link;
        this.server = new InetSocketAddress(link.server(), port);
        for (int i = 0; i < 2; i++) {
            int seed = i;
            threads.add(new Thread(() -> connections(new Random(seed)), "soak-tcp-" + i));
        }
        threads.add(new Thread(this::readSlowly, "soak-slow"));
        threads.add(new Thread(() -> datagrams(new Random(9)), "soak-udp"));
        threads.forEach(Thread::start);
    }

    long count(String what) {
        return counts.computeIfAbsent(what, w -> new LongAdder()).sum();
    }

    /** Returns how many streams an error ended that should have come back whole. */
    long failures() {
        return counts.entrySet().stream()
                .filter(each -> each.getKey().contains("failed"))
                .mapToLong(each -> each.getValue().sum())
                .sum();
    }

    @Override
    public String toString() {
        return new TreeMap<>(counts).toString();
    }

    @Override
    public void close() {
        stopped = true;
        for (Thread thread : threads) {
            boolean interrupted = false;
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    private void note(String what) {
        counts.computeIfAbsent(what, w -> new LongAdder()).increment();
    }

    private void connections(Random random) {
        Deque<Socket> idle = new ArrayDeque<>();
        Deque<SocketChannel> stalled = new ArrayDeque<>();
        Deque<Socket> unacknowledged = new ArrayDeque<>();
        while (!stopped) {
            LockSupport.parkNanos(CONNECTION_EVERY_NS);
            try {
                if (random.nextInt(200) == 0) {
                    stalled.add(stall());
                } else if (random.nextInt(20) == 0) {
                    unacknowledged.add(finishUnread());
                } else {
                    boolean vanishes = random.nextInt(6) == 0;
                    Socket peer = open(vanishes ? link.vanishing() : link.client());
                    if (vanishes) {
                        note("tcp vanished");
                        peer.getOutputStream().write(1);
                        peer.close();
                    } else if (one(peer, random)) {
                        idle.add(peer);
                    } else {
                        peer.close();
                    }
                }
                if (idle.size() > IDLE) {
                    idle.remove().close();
                }
                if (stalled.size() > STALLED) {
                    stalled.remove().close();
                }
                if (unacknowledged.size() > UNACKNOWLEDGED) {
                    unacknowledged.remove().close();
                }
            } catch (IOException e) {
                note("tcp failed: " + e.getMessage());
            }
        }
        closeAll(idle);
        closeAll(stalled);
        closeAll(unacknowledged);
    }

    /** Leaves a whole echo in the server's kernel, finished and never read. */
    private Socket finishUnread() throws IOException {
        note("tcp finished unread");
        Socket peer = new Socket();
        peer.setReceiveBufferSize(4096);
        peer.connect(server, 10_000);
        peer.getOutputStream().write(new byte[150_000]);
        peer.shutdownOutput();
        return peer;
    }

    /** Reads 40 kB a second: more slowly than the own kernel of the server tells. */
    private void readSlowly() {
        while (!stopped) {
            try (Socket peer = open(link.client())) {
                peer.getOutputStream().write(new byte[SLOW_BYTES]);
                peer.shutdownOutput();
                long back = 0;
                for (int n; (n = peer.getInputStream().readNBytes(SLOW_BITE).length) > 0; ) {
                    back += n;
                    LockSupport.parkNanos(SLOW_EVERY_NS);
                }
                note(back == SLOW_BYTES ? "tcp slow intact" : "tcp slow failed: cut");
            } catch (IOException e) {
                note("tcp slow failed: " + e.getMessage());
            }
        }
    }

    private Socket open(InetAddress from) throws IOException {
        Socket peer = new Socket(server.getAddress(), server.getPort(), from, 0);
        peer.setSoTimeout(10_000);
        return peer;
    }

    /** Returns whether to keep the connection. */
    private boolean one(Socket peer, Random random) throws IOException {
        byte[] sent = new byte[1 + random.nextInt(random.nextInt(10) == 0 ? 200_000 : 2_000)];
        random.nextBytes(sent);
        note("tcp connections");
        switch (random.nextInt(6)) {
            case 0 -> peer.setSoLinger(true, 0); // A reset, with nothing sent.
            case 1 -> {
                peer.getOutputStream().write(sent);
                peer.setSoLinger(true, 0);
            }
            case 2 -> peer.getOutputStream().write(sent); // Closes with the echo unread.
            case 3 -> {
                return true;
            }
            default -> {
                peer.getOutputStream().write(sent);
                peer.shutdownOutput();
                boolean intact = Arrays.equals(peer.getInputStream().readAllBytes(), sent);
                note(intact ? "tcp intact" : "tcp corrupted");
            }
        }
        return false;
    }

    private SocketChannel stall() throws IOException {
        SocketChannel peer = SocketChannel.open(server);
        peer.configureBlocking(false);
        ByteBuffer chunk = ByteBuffer.allocateDirect(65_536);
        for (int i = 0; i < 200 && peer.write(chunk.clear()) > 0; i++) {
            note("tcp stalled chunks");
        }
        return peer;
    }

    private void datagrams(Random random) {
        List<DatagramChannel> sockets = new ArrayList<>();
        ByteBuffer reply = ByteBuffer.allocateDirect(65_536);
        try {
            for (int i = 0; i < 8; i++) {
                sockets.add(open());
            }
            while (!stopped) {
                LockSupport.parkNanos(BURST_EVERY_NS);
                DatagramChannel socket = sockets.get(random.nextInt(sockets.size()));
                for (int i = 0; i < BURST; i++) {
                    send(socket, random);
                }
                if (random.nextInt(100) == 0) {
                    sockets.remove(socket);
                    socket.close(); // The replies meet nobody.
                    sockets.add(open());
                }
                for (DatagramChannel each : sockets) {
                    receive(each, reply);
                }
            }
            for (DatagramChannel socket : sockets) {
                socket.close();
            }
        } catch (IOException e) {
            note("udp failed: " + e.getMessage());
        }
    }

    private DatagramChannel open() throws IOException {
        DatagramChannel socket = DatagramChannel.open();
        socket.configureBlocking(false);
        return socket;
    }

    private void send(DatagramChannel socket, Random random) {
        note("udp datagrams");
        try {
            socket.send(datagram(random), server);
        } catch (IOException e) {
            note("udp unsent");
        }
    }

    private static ByteBuffer datagram(Random random) {
        int length =
                switch (random.nextInt(50)) {
                    case 0 -> 0;
                    case 1 -> 65_507;
                    default -> random.nextInt(1_400);
                };
        byte[] payload = new byte[length];
        Arrays.fill(payload, (byte) length);
        return ByteBuffer.wrap(payload);
    }

    private void receive(DatagramChannel socket, ByteBuffer reply) throws IOException {
        while (socket.receive(reply.clear()) != null) {
            int length = reply.flip().remaining();
            boolean intact = true;
            while (reply.hasRemaining()) {
                intact &= reply.get() == (byte) length;
            }
            note(intact ? "udp intact" : "udp corrupted");
        }
    }

    private static void closeAll(Iterable<? extends AutoCloseable> all) {
        for (AutoCloseable one : all) {
            try {
                one.close();
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
