package io.echo.server;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * A page that takes long to make: what it took, it is given out again for {@value #TIMES} times as
 * long, though not beyond {@value #LONGEST_MILLIS} ms. So who asks in a loop takes no more than a
 * tenth of a core for it, and who asks once in a while has what is true now. On the admin loop.
 */
final class CostlyPage implements Supplier<Page> {
    private static final int TIMES = 9;
    private static final int LONGEST_MILLIS = 100;

    private final Supplier<Page> make;
    private final LongSupplier clockNs;

    /** Null until it is asked for. */
    private Page page;

    private long madeNs;
    private long keptNs;

    CostlyPage(Supplier<Page> make, LongSupplier clockNs) {
        this.make = make;
        this.clockNs = clockNs;
    }

    @Override
    public Page get() {
        long askedNs = clockNs.getAsLong();
        if (page == null || askedNs - madeNs > keptNs) {
            page = make.get();
            madeNs = clockNs.getAsLong();
            keptNs = Math.min(
                    TIMES * (madeNs - askedNs), TimeUnit.MILLISECONDS.toNanos(LONGEST_MILLIS));
        }
        return page;
    }
}
