package io.echo.bench.oracle;

import io.echo.net.Protocol;
import io.echo.net.Target;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;

/** A TCP server that carries out a program: a thread accepts, and one serves each connection. */
final class StreamOracle implements Oracle {
    private static final int BACKLOG = 50;

    /** Bytes that wait to be read, so that a peer soon cannot send. */
    private static final int SMALL_BUFFER = 65_536;

    private static final long REFUSING_NS = 300_000_000;

    private final Program program;
    private final Journal journal = new Journal();
    private final SplittableRandom random;
    private final Target target;
    private final List<Thread> threads = new ArrayList<>();
    private final List<Socket> connections = new CopyOnWriteArrayList<>();
    private final CountDownLatch closing = new CountDownLatch(1);
    private final Thread acceptor = new Thread(this::accept, "stream-oracle");

    /** Written by the acceptor only, when it refuses and comes back. */
    private volatile ServerSocket socket;

    private volatile boolean closed;

    /** Set by the first connection that ends by its program. */
    private volatile boolean ended;

    private StreamOracle(Program program, ServerSocket socket) {
        this.program = program;
        this.socket = socket;
        this.random = new SplittableRandom(program.seed() + 1);
        this.target = new Target(Protocol.TCP, "127.0.0.1", socket.getLocalPort());
    }

    static StreamOracle start(Program program) throws IOException {
        StreamOracle oracle = new StreamOracle(program, bind(0, program));
        oracle.acceptor.setDaemon(true);
        oracle.acceptor.start();
        return oracle;
    }

    private static ServerSocket bind(int port, Program program) throws IOException {
        ServerSocket socket = new ServerSocket();
        if (program.clogs()) {
            socket.setReceiveBufferSize(SMALL_BUFFER);
        }
        socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), BACKLOG);
        return socket;
    }

    @Override
    public Target target() {
        return target;
    }

    @Override
    public Journal journal() {
        return journal;
    }

    @Override
    public void close() throws IOException {
        closed = true;
        closing.countDown();
        socket.close();
        Waiting.forEnd(acceptor);
        // The peer has closed its side, so each ends by itself once it has read all.
        for (Thread thread : threads) {
            Waiting.forEnd(thread);
        }
        for (Socket connection : connections) {
            connection.close();
        }
    }

    private void accept() {
        boolean refused = false;
        while (!closed) {
            try {
                Socket connection = socket.accept();
                connection.setTcpNoDelay(true);
                connections.add(connection);
                StreamConnection served =
                        new StreamConnection(program, journal, random.split(), connection, this);
                Thread thread = new Thread(served, "stream-oracle-connection");
                thread.setDaemon(true);
                threads.add(thread);
                thread.start();
            } catch (IOException e) {
                if (closed) {
                    return;
                }
                refused = true;
            }
            if (refused) {
                refused = false;
                comeBack();
            }
        }
    }

    /** Refuses new connections from the first one's end, once. */
    void ended() {
        synchronized (connections) {
            if (ended || !program.does(Behaviour.REFUSE)) {
                return;
            }
            ended = true;
        }
        try {
            socket.close();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Waits until the peer has closed every connection. */
    void awaitClose() {
        Waiting.forSignal(closing);
    }

    private void comeBack() {
        Waiting.forNs(REFUSING_NS);
        try {
            socket = bind(target.port(), program);
            if (closed) {
                socket.close();
            }
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
