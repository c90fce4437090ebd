package io.echo.client.mtu;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/**
 * Tells a limit on bytes per second from a limit on size.
 *
 * <p>What dies of its size dies alone too, and the largest size that passes does so any number of
 * times in a row. What dies of a rate comes back when nothing was sent for a second, and of several
 * of the largest in a row most are lost. Both are tried, with rests between: a rate is called when
 * a larger one came back alone, or when more of the ones in a row were lost than the loss of small
 * ones would do once in 1,000 times.
 */
final class RateCheck {
    private static final int BURSTS = 2;
    private static final int MOST_IN_A_ROW = 4;

    /** Below the receive buffer that Linux gives a server by default. */
    private static final int BYTES_IN_A_ROW = 131_072;

    private static final double CHANCE = 0.001;
    private final PathSocket socket;
    private final DatagramBook book;
    private final long quietNs;

    RateCheck(PathSocket socket, long timeoutNs) {
        this.socket = socket;
        this.book = socket.book();
        this.quietNs = Math.max(Patience.REST_NS, timeoutNs);
    }

    /**
     * Tries; takes {@value #BURSTS} times two rests, each of a second or of the timeout.
     *
     * @param whole the largest size that came back
     * @param limit the smallest that did not
     * @param cap the largest that can be sent
     */
    boolean isRate(int whole, int limit, int cap) throws StoppedException {
        List<Integer> inARow = new ArrayList<>();
        int[] alone = {cap, limit};
        for (int burst = 0; burst < BURSTS; burst++) {
            OptionalInt number = socket.send(alone[burst]);
            if (number.isPresent() && isAnswered(number.getAsInt())) {
                return true;
            }
            int count = Math.max(2, Math.min(MOST_IN_A_ROW, BYTES_IN_A_ROW / whole));
            for (int i = 0; i < count; i++) {
                socket.send(whole).ifPresent(inARow::add);
            }
            book.await(System.nanoTime() + quietNs, () -> inARow.stream().allMatch(book::isWhole));
        }
        int lost = (int) inARow.stream().filter(n -> !book.isWhole(n)).count();
        double loss = book.loss(System.nanoTime() - quietNs);
        return lost > 0 && atLeast(lost, inARow.size(), loss) < CHANCE;
    }

    private boolean isAnswered(int number) throws StoppedException {
        return book.await(System.nanoTime() + quietNs, () -> book.isWhole(number));
    }

    /** The probability that of so many at least this many are lost, each with the same loss. */
    static double atLeast(int lost, int of, double loss) {
        double sum = 0;
        double ways = 1;
        for (int k = 0; k <= of; k++) {
            if (k >= lost) {
                sum += ways * Math.pow(loss, k) * Math.pow(1 - loss, of - k);
            }
            ways = ways * (of - k) / (k + 1);
        }
        return sum;
    }
}
