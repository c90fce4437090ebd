package io.echo.bench.oracle;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * One connection of a {@link StreamOracle}.
 *
 * <p>Its journal is of places in the stream: the bytes that stand where the reply to probe n must
 * be are that reply, right or wrong, and count once all of them have left.
 */
final class StreamConnection implements Runnable {
    private static final int LATEST_END = 60;
    private static final int EARLY = 3;
    private static final int MOST_MERGED = 8;
    private static final int LONGEST_PIECE = 50;
    private static final long STALL_NS = Program.TIMEOUT.toNanos() + 100_000_000;
    private static final long SHORT_STALL_NS = 100_000_000;
    private static final int MOST_EXTRA = 40;
    private static final int MOST_BYTES = 65_507;

    /** Time in which replies surely reach the peer before a reset destroys what is under way. */
    private static final long QUIET_NS = 300_000_000;

    /**
     * A probe as it was read.
     *
     * @param bytes of it, and of the place that its reply has in the stream
     * @param end where this place ends
     */
    private record Read(long sequence, long intendedNs, byte[] bytes, long end) {
        long start() {
            return end - bytes.length;
        }
    }

    private final Program program;
    private final Journal journal;
    private final SplittableRandom random;
    private final Socket socket;
    private final StreamOracle oracle;
    private final int endAfter;
    private final boolean resets;
    private final int cutAt;
    private final int stallAt;
    private final long stallNs;
    private final int blockAt;

    /** Probes whose replies have not left whole. */
    private final List<Read> reads = new ArrayList<>();

    private final List<Boolean> flipped = new ArrayList<>();
    private long readBytes;

    /** Bytes that stand in the places of probes. */
    private long sentBytes;

    /** Those that left last, as many as a place may have. */
    private byte[] last = {};

    private int judged;
    private boolean shifted;
    private boolean silent;
    private boolean partlyRead;

    StreamConnection(
            Program program,
            Journal journal,
            SplittableRandom random,
            Socket socket,
            StreamOracle oracle) {
        this.program = program;
        this.journal = journal;
        this.random = random;
        this.socket = socket;
        this.oracle = oracle;
        this.resets = falls(Behaviour.RESET);
        this.endAfter =
                falls(Behaviour.FINISH) || resets ? random.nextInt(1, latestEnd(program)) : -1;
        this.cutAt = falls(Behaviour.CUT) ? random.nextInt(LATEST_END) : -1;
        this.stallAt = falls(Behaviour.STALL) ? random.nextInt(EARLY) : -1;
        this.stallNs = program.clogs() || random.nextBoolean() ? STALL_NS : SHORT_STALL_NS;
        this.blockAt = falls(Behaviour.BLOCK) ? random.nextInt(EARLY) : -1;
    }

    /** Returns a number of probes that a connection soon gets. */
    private static int latestEnd(Program program) {
        long each = program.planned() / program.connections() / 2;
        return program.open() ? (int) Math.max(2, Math.min(LATEST_END, each)) : LATEST_END;
    }

    private boolean falls(Behaviour behaviour) {
        return random.nextDouble() < program.share(behaviour);
    }

    @Override
    public void run() {
        try (socket) {
            serve();
        } catch (IOException e) {
            // The peer has closed; what left before is written down.
        } finally {
            judgePart();
        }
    }

    /** Enters a place that is full in part, if not even that part is the probe's. */
    private void judgePart() {
        if (judged == reads.size()) {
            return;
        }
        Read read = reads.get(judged);
        int length = (int) (sentBytes - read.start());
        if (length > 0
                && !Arrays.equals(
                        read.bytes(), 0, length, last, last.length - length, last.length)) {
            journal.enter(Journal.Act.DAMAGED, this, read.sequence(), read.intendedNs());
        }
    }

    private void serve() throws IOException {
        InputStream in = socket.getInputStream();
        ByteArrayOutputStream waiting = new ByteArrayOutputStream();
        int merged = 0;
        for (int i = 0; ; i++) {
            byte[] probe = next(in);
            if (probe.length == 0) {
                return;
            }
            if (i == blockAt) {
                oracle.awaitClose();
                readRest(in);
                return;
            }
            if (i == stallAt) {
                Waiting.forNs(stallNs);
            }
            waiting.writeBytes(lengthened(reply(probe, i)));
            merged++;
            boolean more = program.does(Behaviour.MERGE) && in.available() > 0;
            if (!more || merged == MOST_MERGED || i + 1 == endAfter) {
                send(waiting.toByteArray());
                waiting.reset();
                merged = 0;
            }
            if (i + 1 == endAfter) {
                end(in);
                return;
            }
        }
    }

    /** Reads what the peer sent before it closed; of the last probe, a part may have left. */
    private void readRest(InputStream in) throws IOException {
        while (next(in).length > 0) {
            // written down
        }
        if (partlyRead) {
            Read last = reads.get(reads.size() - 1);
            journal.enter(Journal.Act.READ, this, last.sequence() + 1, last.intendedNs());
        }
    }

    /** Reads a probe and writes it down; nothing at the end of the stream. */
    private byte[] next(InputStream in) throws IOException {
        byte[] header = in.readNBytes(Oracle.HEADER_BYTES);
        if (header.length < Oracle.HEADER_BYTES) {
            partlyRead = header.length > 0;
            return new byte[0];
        }
        List<Integer> sizes = program.sizes();
        long sequence = Oracle.sequence(header);
        int size = sizes.get((int) (sequence % sizes.size()));
        byte[] probe = Arrays.copyOf(header, size);
        int rest = size - Oracle.HEADER_BYTES;
        if (in.readNBytes(probe, Oracle.HEADER_BYTES, rest) < rest) {
            partlyRead = true;
            return new byte[0];
        }
        readBytes += size;
        reads.add(new Read(sequence, Oracle.intendedNs(probe), probe, readBytes));
        journal.enter(Journal.Act.READ, this, sequence, Oracle.intendedNs(probe));
        return probe;
    }

    private byte[] reply(byte[] probe, int place) {
        byte[] reply = probe.clone();
        boolean flips = falls(Behaviour.FLIP);
        flipped.add(flips);
        if (flips) {
            int bit = random.nextInt(probe.length * Byte.SIZE);
            reply[bit / Byte.SIZE] ^= (byte) (1 << bit % Byte.SIZE);
        }
        if (place != cutAt) {
            return reply;
        }
        int left = random.nextInt(1, probe.length);
        return Arrays.copyOf(reply, left);
    }

    /**
     * Adds bytes before the reply, which is wrong then, or after it; in either case some are left
     * over that belong to nothing, for this is the only probe in flight.
     */
    private byte[] lengthened(byte[] reply) {
        if (!falls(Behaviour.LENGTHEN)) {
            return reply;
        }
        byte[] extra = new byte[random.nextInt(1, MOST_EXTRA)];
        random.nextBytes(extra);
        journal.strange(this);
        sentBytes -= extra.length; // They stand in nobody's place.
        boolean before = random.nextBoolean();
        if (before) {
            flipped.set(flipped.size() - 1, true);
        }
        ByteBuffer both = ByteBuffer.allocate(extra.length + reply.length);
        return (before ? both.put(extra).put(reply) : both.put(reply).put(extra)).array();
    }

    private void send(byte[] replies) throws IOException {
        Read oldest = reads.get(judged);
        boolean endIsFar =
                System.nanoTime() - journal.firstNs() + Oracle.MARGIN_NS < program.sendingNs();
        if (silent || !Oracle.isYoung(oldest.intendedNs()) && !endIsFar) {
            // Bytes that arrive about when the run ends could count or not.
            silent = true;
            return;
        }
        OutputStream out = socket.getOutputStream();
        for (int at = 0; at < replies.length; ) {
            int piece =
                    program.does(Behaviour.SPLIT)
                            ? Math.min(replies.length - at, random.nextInt(1, LONGEST_PIECE))
                            : replies.length - at;
            out.write(replies, at, piece);
            at += piece;
        }
        sentBytes += replies.length;
        byte[] all = Arrays.copyOf(last, last.length + replies.length);
        System.arraycopy(replies, 0, all, last.length, replies.length);
        last = Arrays.copyOfRange(all, Math.max(0, all.length - MOST_BYTES), all.length);
        judge();
    }

    /** Enters the places that are full now. */
    private void judge() {
        while (judged < reads.size() && reads.get(judged).end() <= sentBytes) {
            Read read = reads.get(judged);
            shifted |= judged == cutAt;
            boolean intact = !shifted && !flipped.get(judged);
            journal.enter(
                    intact ? Journal.Act.INTACT : Journal.Act.DAMAGED,
                    this,
                    read.sequence(),
                    read.intendedNs());
            judged++;
        }
    }

    /** Ends the connection once everything that was sent has surely arrived. */
    private void end(InputStream in) throws IOException {
        long quietUntilNs = System.nanoTime() + QUIET_NS;
        if (!resets) {
            oracle.ended();
            socket.shutdownOutput();
        }
        while (!resets || quietUntilNs - System.nanoTime() > 0) {
            if (resets) {
                long leftMs = (quietUntilNs - System.nanoTime()) / 1_000_000;
                socket.setSoTimeout((int) Math.max(1, leftMs));
            }
            try {
                if (next(in).length == 0) {
                    return;
                }
            } catch (SocketTimeoutException e) {
                break;
            }
        }
        oracle.ended();
        socket.setSoLinger(true, 0);
    }
}
