package io.echo.bench.pacing;

import io.echo.cli.FlagValues;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Ways in which an event loop waits for the time of the next probe in open loop. */
public enum Pacing {
    /** Sleeps until shortly before the time, then polls for I/O: at most 5 % of a core. */
    AUTO,
    /** Polls for I/O without a pause, which takes a core. */
    SPIN,
    /** Sleeps by the transport's own timer: tens of microseconds late, up to 1 ms on NIO. */
    TIMER;

    /** Time for a thread to wake up and to have its code in the cache again. */
    private static final long WAKING_NS = 200_000;

    /** One part in this of the time between probes is spent on that. */
    private static final long SHARE = 20;

    /** NIO waits for whole milliseconds, and ends late. */
    private static final long NEVER_ASLEEP_NS = 2_000_000;

    /** Every value of {@code --pacing}. */
    public static List<String> names() {
        List<String> names = new ArrayList<>();
        for (Pacing pacing : values()) {
            names.add(pacing.toString());
        }
        return names;
    }

    /**
     * Reads the value of {@code --pacing}.
     *
     * @throws IllegalArgumentException for any other text, with the names in its message
     */
    public static Pacing parse(String text) {
        for (Pacing pacing : values()) {
            if (pacing.toString().equals(text)) {
                return pacing;
            }
        }
        throw FlagValues.mustBe("--pacing", "auto, spin or timer", text);
    }

    /**
     * Returns how long before the time of a probe the loop stops waiting and polls.
     *
     * @param meanNs time between two probes of the loop
     */
    public long spinNs(long meanNs) {
        return switch (this) {
            case AUTO -> Math.min(WAKING_NS, meanNs / SHARE);
            case SPIN -> NEVER_ASLEEP_NS;
            case TIMER -> 0;
        };
    }

    /** Returns the name, as the flag has it. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
