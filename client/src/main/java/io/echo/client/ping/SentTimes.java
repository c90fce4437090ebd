package io.echo.client.ping;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * When the last probes were sent, by the clock of the day; the time between two of them is exact,
 * whatever is done to that clock meanwhile. Used on one thread.
 */
final class SentTimes {
    private static final int REMEMBERED = 65_536;

    private final Instant startedAt = Instant.now();
    private final long startedNs = System.nanoTime();
    private final Map<Long, Long> times =
            new LinkedHashMap<>() {
                private static final long serialVersionUID = 1;

                @Override
                protected boolean removeEldestEntry(Map.Entry<Long, Long> eldest) {
                    return size() > REMEMBERED;
                }
            };

    /** Notes when a probe is sent, on the {@link System#nanoTime} clock. */
    void sent(long number, long ns) {
        times.put(number, ns);
    }

    /** Returns when a probe was sent; empty when that is too long ago. */
    Optional<Instant> of(long number) {
        return Optional.ofNullable(times.get(number))
                .map(ns -> startedAt.plusNanos(ns - startedNs));
    }
}
