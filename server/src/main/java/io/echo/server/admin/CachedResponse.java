package io.echo.server.admin;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * A page that is costly to make, kept for {@value #TIMES} times as long as making it took, {@value
 * #LONGEST_MILLIS} ms at most. A peer that asks in a loop takes a tenth of a core while a page
 * takes 11 ms or less; one that asks now and then gets a fresh page. On the admin loop.
 */
final class CachedResponse implements Supplier<AdminResponse> {
    private static final int TIMES = 9;
    private static final int LONGEST_MILLIS = 100;

    private final Supplier<AdminResponse> make;
    private final LongSupplier clockNs;

    /** Null until it is asked for. */
    private AdminResponse page;

    private long madeNs;
    private long keptNs;

    CachedResponse(Supplier<AdminResponse> make, LongSupplier clockNs) {
        this.make = make;
        this.clockNs = clockNs;
    }

    @Override
    public AdminResponse get() {
        long askedNs = clockNs.getAsLong();
        if (page == null || askedNs - madeNs > keptNs) {
            page = make.get();
            madeNs = clockNs.getAsLong();
            keptNs =
                    Math.min(
                            TIMES * (madeNs - askedNs),
                            TimeUnit.MILLISECONDS.toNanos(LONGEST_MILLIS));
        }
        return page;
    }
}
