package io.echo.server.fault.fate;

import io.echo.server.config.FaultProfile;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SplittableRandom;

/**
 * Draws the fate of each datagram when it arrives: burst, loss, corrupt, truncate, duplicate,
 * reorder, delay, rate, in this order. What is lost has no other fate.
 *
 * <p>Each fault draws from its own stream of random numbers, once for each datagram and whatever
 * the other faults drew. So datagram n has the same fate for the same seed, and adding a fault to a
 * profile leaves the others as they were. Confined to one thread.
 */
public final class DatagramFates {
    /** The longest queue of the line; what would wait longer is dropped. */
    public static final Duration LONGEST_WAIT = Duration.ofMillis(200);

    private static final double NANOS = 1e9;

    private final FaultProfile.Datagrams profile;
    private final long startNs;
    private final SplittableRandom loss;
    private final SplittableRandom corrupt;
    private final SplittableRandom truncate;
    private final SplittableRandom duplicate;
    private final SplittableRandom reorder;
    private final Optional<Delays> delays;

    private long lineFreeNs;

    /**
     * Starts with the first datagram.
     *
     * @param startNs start of the first period of bursts
     */
    public DatagramFates(FaultProfile profile, long startNs) {
        this.profile = profile.datagrams();
        this.startNs = startNs;
        this.lineFreeNs = startNs;
        SplittableRandom seeds = new SplittableRandom(profile.seed());
        loss = seeds.split();
        corrupt = seeds.split();
        truncate = seeds.split();
        duplicate = seeds.split();
        reorder = seeds.split();
        SplittableRandom delay = seeds.split();
        delays = this.profile.delay().map(asked -> new Delays(asked, delay));
    }

    /** Draws the fate of the next datagram, which arrives now. */
    public DatagramFate next(long nowNs, int bytes) {
        boolean lost = happens(loss, profile.loss());
        OptionalInt flippedBit = flippedBit(bytes);
        int left = left(bytes);
        int copies = happens(duplicate, profile.duplicate()) ? 2 : 1;
        int[] behind = new int[2];
        long[] delayNs = new long[2];
        for (int i = 0; i < 2; i++) {
            behind[i] = behind();
            delayNs[i] = delays.map(Delays::nextNs).orElse(0L);
        }
        if (inBurst(nowNs)) {
            return DatagramFate.lost(DatagramFault.BURST);
        }
        if (lost) {
            return DatagramFate.lost(DatagramFault.LOSS);
        }
        List<DatagramFate.Copy> sent = new ArrayList<>(copies);
        for (int i = 0; i < copies; i++) {
            sent.add(onTheLine(nowNs, left, behind[i], delayNs[i]));
        }
        return new DatagramFate(Optional.empty(), flippedBit, left, sent);
    }

    private boolean inBurst(long nowNs) {
        return profile.burst().isPresent()
                && Math.floorMod(nowNs - startNs, profile.burst().get().every().toNanos())
                        < profile.burst().get().on().toNanos();
    }

    private OptionalInt flippedBit(int bytes) {
        boolean flip = happens(corrupt, profile.corrupt());
        double place = corrupt.nextDouble();
        return flip && bytes > 0
                ? OptionalInt.of((int) (place * bytes * Byte.SIZE))
                : OptionalInt.empty();
    }

    private int left(int bytes) {
        return profile.truncate()
                .filter(cut -> happens(truncate, cut.share()))
                .map(cut -> Math.min(bytes, cut.bytes()))
                .orElse(bytes);
    }

    private int behind() {
        return profile.reorder()
                .filter(order -> happens(reorder, order.share()))
                .map(FaultProfile.Reordering::behind)
                .orElse(0);
    }

    private DatagramFate.Copy onTheLine(long nowNs, int bytes, int behind, long delayNs) {
        if (profile.rate().isEmpty()) {
            return new DatagramFate.Copy(behind, delayNs, 0, false);
        }
        long fromNs = Math.max(nowNs, lineFreeNs);
        if (fromNs - nowNs > LONGEST_WAIT.toNanos()) {
            return new DatagramFate.Copy(behind, delayNs, 0, true);
        }
        lineFreeNs = fromNs + (long) (bytes * NANOS / profile.rate().getAsLong());
        return new DatagramFate.Copy(behind, delayNs, lineFreeNs - nowNs, false);
    }

    private static boolean happens(SplittableRandom random, double share) {
        return random.nextDouble() < share;
    }
}
