package io.echo.bench.oracle;

import io.echo.net.Protocol;
import io.echo.net.Target;
import io.echo.server.config.FaultProfile;
import io.echo.server.fault.fate.DatagramFate;
import io.echo.server.fault.fate.DatagramFates;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.SplittableRandom;

/** A UDP server that carries out a program. One thread does everything. */
final class DatagramOracle implements Oracle {
    private static final long MILLION = 1_000_000;

    private static final long MARGIN_NS = Oracle.MARGIN_NS;

    private static final long AWAY_NS = 200 * MILLION;

    /** After the timeout, when a probe has surely been given up. */
    private static final long GONE_NS = Program.TIMEOUT.toNanos() + MARGIN_NS / 2;

    /** A reply that waits for later ones of its flow to leave. */
    private static final class Overtaken {
        private final byte[] reply;
        private final byte[] probe;
        private int behind;

        Overtaken(byte[] reply, byte[] probe, int behind) {
            this.reply = reply;
            this.probe = probe;
            this.behind = behind;
        }
    }

    /** A reply that waits for a time. */
    private record Held(long dueNs, SocketAddress flow, byte[] reply, byte[] probe) {}

    /** A probe among those of all flows. */
    private record Name(SocketAddress flow, long sequence) {}

    private final Program program;
    private final Journal journal = new Journal();
    private final DatagramFates fates;
    private final SplittableRandom random;
    private final int cutTo;
    private final PriorityQueue<Held> held =
            new PriorityQueue<>(Comparator.comparingLong(Held::dueNs));
    private final Map<SocketAddress, List<Overtaken>> overtaken = new HashMap<>();
    private final Map<SocketAddress, byte[]> toMerge = new HashMap<>();
    private final Set<Name> answered = new HashSet<>();
    private final Target target;
    private final Thread thread = new Thread(this::serve, "datagram-oracle");

    /** Written by the thread only, when the port vanishes and comes back. */
    private volatile DatagramSocket socket;

    private volatile boolean closed;
    private long firstNs;
    private boolean begun;
    private boolean vanished;

    private DatagramOracle(Program program, DatagramSocket socket) {
        this.program = program;
        this.socket = socket;
        this.random = new SplittableRandom(program.seed() + 1);
        int longest = program.sizes().get(program.sizes().size() - 1);
        int[] cuts = {0, 0, 7, 15, 16, 24, 31, 32, longest - 1};
        this.cutTo = cuts[random.nextInt(cuts.length)];
        this.fates = new DatagramFates(profile(program, cutTo), 0);
        this.target = new Target(Protocol.UDP, "127.0.0.1", socket.getLocalPort());
    }

    static DatagramOracle start(Program program) throws IOException {
        DatagramOracle oracle = new DatagramOracle(program, bind(0));
        oracle.thread.setDaemon(true);
        oracle.thread.start();
        return oracle;
    }

    private static DatagramSocket bind(int port) throws SocketException {
        DatagramSocket socket = new DatagramSocket(port, InetAddress.getLoopbackAddress());
        socket.setReceiveBufferSize(4 << 20);
        return socket;
    }

    private static FaultProfile profile(Program program, int cutTo) {
        return new FaultProfile(
                new FaultProfile.Datagrams(
                        Optional.empty(),
                        program.share(Behaviour.LOSE),
                        program.share(Behaviour.FLIP),
                        Optional.of(
                                new FaultProfile.Truncation(program.share(Behaviour.CUT), cutTo)),
                        program.share(Behaviour.DUPLICATE),
                        Optional.of(
                                new FaultProfile.Reordering(
                                        program.share(Behaviour.SWAP),
                                        1 + (int) (program.seed() & 1))),
                        Optional.empty(),
                        OptionalLong.empty()),
                FaultProfile.Connections.NONE,
                program.seed());
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
    public void close() {
        closed = true;
        socket.close();
        Waiting.forEnd(thread);
    }

    private void serve() {
        byte[] buffer = new byte[65_535];
        while (!closed) {
            try {
                DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
                socket.setSoTimeout(waitMs());
                socket.receive(packet);
                arrived(
                        Arrays.copyOf(buffer, packet.getLength()),
                        (InetSocketAddress) packet.getSocketAddress());
                vanish();
            } catch (SocketTimeoutException e) {
                // A held reply is due.
            } catch (IOException e) {
                if (!closed) {
                    throw new IllegalStateException(e);
                }
                return;
            }
            releaseHeld();
        }
    }

    private int waitMs() {
        Held next = held.peek();
        return next == null
                ? 0
                : (int) Math.max(1, (next.dueNs() - System.nanoTime()) / MILLION + 1);
    }

    private void arrived(byte[] probe, SocketAddress flow) throws IOException {
        if (!begun) {
            begun = true;
            firstNs = Oracle.intendedNs(probe);
        }
        journal.enter(Journal.Act.READ, flow, Oracle.sequence(probe), Oracle.intendedNs(probe));
        DatagramFate fate = fates.next(System.nanoTime(), probe.length);
        Optional<Behaviour> own = own();
        if (fate.lost().isPresent()) {
            return;
        }
        byte[] first = toMerge.remove(flow);
        if (first != null) {
            byte[] both =
                    ByteBuffer.allocate(first.length + probe.length).put(first).put(probe).array();
            send(both, first, flow);
            return;
        }
        if (own.isPresent()) {
            doOwn(own.get(), probe, flow);
            return;
        }
        // What is cut is left as it is else: two damages in one say too little.
        boolean cut = fate.bytes() < probe.length;
        OptionalInt flip = cut ? OptionalInt.empty() : fate.flippedBit();
        byte[] reply =
                new DatagramFate(fate.lost(), flip, fate.bytes(), fate.copies()).apply(probe);
        for (DatagramFate.Copy copy : fate.copies()) {
            if (copy.behind() > 0) {
                overtaken
                        .computeIfAbsent(flow, any -> new ArrayList<>())
                        .add(new Overtaken(reply, probe, copy.behind()));
            } else {
                sendAndRelease(reply, probe, flow);
            }
        }
    }

    /** Draws at most one of the behaviours that no fault port has. */
    private Optional<Behaviour> own() {
        double draw = random.nextDouble();
        for (Behaviour behaviour :
                List.of(
                        Behaviour.HOLD,
                        Behaviour.GARBLE,
                        Behaviour.LENGTHEN,
                        Behaviour.MERGE,
                        Behaviour.STRANGER)) {
            draw -= program.share(behaviour);
            if (draw < 0) {
                return Optional.of(behaviour);
            }
        }
        return Optional.empty();
    }

    private void doOwn(Behaviour behaviour, byte[] probe, SocketAddress flow) throws IOException {
        switch (behaviour) {
            case HOLD -> hold(probe, probe, flow);
            case GARBLE -> garble(probe, flow);
            case LENGTHEN -> {
                byte[] longer = Arrays.copyOf(probe, probe.length + random.nextInt(1, 40));
                send(longer, probe, flow);
            }
            case MERGE -> toMerge.put(flow, probe);
            default -> {
                transmit(strange(probe), flow);
                journal.strange(flow);
                sendAndRelease(probe, probe, flow);
            }
        }
    }

    private byte[] strange(byte[] probe) {
        byte[] strange = probe.clone();
        switch (random.nextInt(3)) {
            case 0 -> random.nextBytes(strange);
            case 1 -> {
                // As of another run: all bits of its number differ.
                for (int i = 0; i < Integer.BYTES; i++) {
                    strange[i] ^= (byte) 0xFF;
                }
            }
            default -> strange = new byte[random.nextInt(Meaning.NAME_BYTES)];
        }
        return strange;
    }

    private void garble(byte[] probe, SocketAddress flow) throws IOException {
        byte[] garbled = Garbling.of(probe, random);
        int way = random.nextInt(4);
        if (way == 0) {
            hold(garbled, probe, flow);
            return;
        }
        if (way == 1) {
            sendAndRelease(probe, probe, flow);
        }
        send(garbled, probe, flow);
        if (way == 2) {
            sendAndRelease(probe, probe, flow);
        }
    }

    /** Answers long after the timeout if the truth of it is plain then, else at once. */
    private void hold(byte[] reply, byte[] probe, SocketAddress flow) throws IOException {
        long dueNs = Oracle.intendedNs(probe) + GONE_NS;
        if (isPlain(dueNs)) {
            held.add(new Held(dueNs, flow, reply, probe));
        } else {
            sendAndRelease(reply, probe, flow);
        }
    }

    private void releaseHeld() {
        while (!held.isEmpty() && held.peek().dueNs() - System.nanoTime() <= 0) {
            Held due = held.remove();
            try {
                send(due.reply(), due.probe(), due.flow());
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    private void sendAndRelease(byte[] reply, byte[] probe, SocketAddress flow) throws IOException {
        send(reply, probe, flow);
        List<Overtaken> waiting = overtaken.getOrDefault(flow, List.of());
        for (Overtaken one : List.copyOf(waiting)) {
            one.behind--;
            if (one.behind == 0) {
                waiting.remove(one);
                send(one.reply, one.probe, flow);
            }
        }
    }

    /** Tells whether a late reply surely counts: well before the end of sending or of waiting. */
    private boolean isPlain(long atNs) {
        long afterEndNs = atNs - firstNs - program.sendingNs();
        return program.timed()
                && (afterEndNs < -MARGIN_NS
                        || afterEndNs > MARGIN_NS
                                && afterEndNs < Program.TIMEOUT.toNanos() - MARGIN_NS);
    }

    /** Sends and writes down, unless the truth of it would not be plain. */
    private void send(byte[] reply, byte[] probe, SocketAddress flow) throws IOException {
        long intendedNs = Oracle.intendedNs(probe);
        long nowNs = System.nanoTime();
        boolean young = Oracle.isYoung(intendedNs);
        boolean gone = nowNs - intendedNs >= GONE_NS;
        boolean intact = Arrays.equals(reply, probe);
        if (!young && !(isPlain(nowNs) && (intact || gone))) {
            return;
        }
        Name name = new Name(flow, Oracle.sequence(probe));
        Optional<Meaning> known = Meaning.of(reply, probe, young && !answered.contains(name));
        if (known.isEmpty()) {
            return;
        }
        transmit(reply, flow);
        Meaning meaning = known.get();
        if (meaning.act() == Journal.Act.STRANGE) {
            journal.strange(flow);
            return;
        }
        journal.enter(meaning.act(), flow, meaning.sequence(), intendedNs);
        if (intact) {
            answered.add(name);
        }
    }

    private void transmit(byte[] bytes, SocketAddress flow) throws IOException {
        socket.send(new DatagramPacket(bytes, bytes.length, flow));
    }

    /** Closes the port once, a third into the run, and opens it again. */
    private void vanish() throws IOException {
        if (vanished
                || !program.does(Behaviour.VANISH)
                || System.nanoTime() - firstNs < program.sendingNs() / 3) {
            return;
        }
        vanished = true;
        int port = socket.getLocalPort();
        socket.close();
        Waiting.forNs(AWAY_NS);
        socket = bind(port);
        if (closed) {
            socket.close();
        }
    }
}
