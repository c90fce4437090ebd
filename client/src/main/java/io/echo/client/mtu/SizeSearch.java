package io.echo.client.mtu;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.OptionalInt;
import java.util.TreeSet;

/**
 * Finds the largest datagram that comes back whole: a bisection with several sizes at once.
 *
 * <p>Each round sends a dozen sizes between the largest that came back and the smallest that does
 * not, largest first. Those that are not answered are sent again, a small datagram beside each
 * round of tries, until they were tried often enough ({@link Patience#tries}). A size counts as not
 * passing when all its tries are lost while at least one of the small ones came back, or at once
 * when this host refuses it or the echo cuts it. So a range of 65,507 bytes takes 5 rounds, one of
 * 1,472 bytes 3, each of one timeout and a few gaps.
 */
final class SizeSearch {
    private static final int SIZES = 12;
    private static final int MOST_ROUNDS = 10;

    /** Rounds in a row in which no small datagram came back, after which the echo is gone. */
    private static final int MOST_MUTE_ROUNDS = 3;

    private final PathSocket socket;
    private final DatagramBook book;
    private final Patience patience;
    private final int cap;

    /** Sizes that do not pass, and to how many bytes the echo cut them; 0 for not at all. */
    private final Map<Integer, Integer> failing = new HashMap<>();

    /** The smallest size that this host refused to send. */
    private OptionalInt refused = OptionalInt.empty();

    private boolean gone;

    /**
     * Makes a search.
     *
     * @param cap the largest payload that can be sent
     */
    SizeSearch(PathSocket socket, Patience patience, int cap) {
        this.socket = socket;
        this.book = socket.book();
        this.patience = patience;
        this.cap = cap;
    }

    /** Searches until the limit is known to the byte, or the echo no longer answers. */
    void run(Hints hints) throws StoppedException {
        int mute = 0;
        for (int round = 0; round < MOST_ROUNDS && limit() - book.largestWhole() > 1; round++) {
            mute = round(ladder(hints.sizes())) ? 0 : mute + 1;
            if (mute == MOST_MUTE_ROUNDS) {
                gone = true;
                return;
            }
            if (mute > 0) {
                rest();
            }
        }
    }

    /** Waits until a limit on bytes per second has forgotten what was sent. */
    private void rest() throws StoppedException {
        book.await(System.nanoTime() + Patience.REST_NS, () -> false);
    }

    /** The smallest size that does not pass; above it nothing is tried. */
    int limit() {
        return failing.keySet().stream()
                .filter(bytes -> bytes > book.largestWhole())
                .min(Integer::compare)
                .orElse(cap + 1);
    }

    /** Tells to how many bytes the echo cuts the smallest size that does not pass. */
    OptionalInt cutTo() {
        int cut = failing.getOrDefault(limit(), 0);
        return cut == 0 ? OptionalInt.empty() : OptionalInt.of(cut);
    }

    /** The smallest size that this host refused to send, if any. */
    OptionalInt refused() {
        return refused;
    }

    /** Tells if the echo stopped to answer, small datagrams too. */
    boolean isGone() {
        return gone;
    }

    /** Sizes that are worth a try, since something said so meanwhile. */
    interface Hints {
        Collection<Integer> sizes();
    }

    /** Spreads sizes over the range, and adds those of the hints that lie in it; largest first. */
    private List<Integer> ladder(Collection<Integer> hints) {
        int low = book.largestWhole();
        int high = limit();
        NavigableSet<Integer> sizes = new TreeSet<>();
        for (int i = 1; i <= SIZES; i++) {
            sizes.add(low + (int) ((long) (high - low) * i / (SIZES + 1)));
        }
        sizes.addAll(hints);
        if (failing.isEmpty()) {
            sizes.add(cap);
        }
        return new ArrayList<>(sizes.subSet(low, false, high, false).descendingSet());
    }

    /**
     * Tries sizes until each has come back or was tried often enough.
     *
     * @param sizes largest first
     * @return false when no small datagram came back, so that nothing is known
     */
    boolean round(List<Integer> sizes) throws StoppedException {
        Map<Integer, List<Integer>> tries = new HashMap<>();
        List<Integer> small = new ArrayList<>();
        for (int wave = 0; wave < patience.tries() && isOpen(sizes); wave++) {
            socket.send(DatagramBook.SMALL_BYTES).ifPresent(small::add);
            for (int bytes : sizes) {
                if (isOpen(bytes)) {
                    tryOnce(bytes, tries.computeIfAbsent(bytes, size -> new ArrayList<>()));
                }
            }
            book.await(System.nanoTime() + patience.gapNs(), () -> !isOpen(sizes));
        }
        book.await(patience.deadlineNs(), () -> !isOpen(sizes, tries));
        boolean heard = small.stream().anyMatch(book::isWhole);
        for (Map.Entry<Integer, List<Integer>> size : tries.entrySet()) {
            OptionalInt cut = cut(size.getValue());
            if (cut.isPresent()) {
                failing.put(size.getKey(), cut.getAsInt());
            } else if (heard && size.getKey() > book.largestWhole()) {
                failing.putIfAbsent(size.getKey(), 0);
            }
        }
        return heard || !isOpen(sizes);
    }

    private void tryOnce(int bytes, List<Integer> tries) throws StoppedException {
        OptionalInt number = socket.send(bytes);
        if (number.isEmpty()) {
            failing.put(bytes, 0);
            refused = OptionalInt.of(Math.min(bytes, refused.orElse(bytes)));
            return;
        }
        tries.add(number.getAsInt());
        book.await(
                System.nanoTime() + Patience.pauseNs(bytes), () -> book.isWhole(number.getAsInt()));
        cut(tries).ifPresent(cut -> failing.put(bytes, cut));
    }

    private OptionalInt cut(List<Integer> tries) {
        return tries.stream()
                .map(book::cut)
                .filter(OptionalInt::isPresent)
                .findFirst()
                .orElse(OptionalInt.empty());
    }

    private boolean isOpen(int bytes) {
        return bytes > book.largestWhole() && bytes < limit();
    }

    private boolean isOpen(List<Integer> sizes) {
        return sizes.stream().anyMatch(this::isOpen);
    }

    /** The same, where a reply that was cut is an answer too. */
    private boolean isOpen(List<Integer> sizes, Map<Integer, List<Integer>> tries) {
        tries.forEach((bytes, numbers) -> cut(numbers).ifPresent(cut -> failing.put(bytes, cut)));
        return isOpen(sizes);
    }
}
