package io.echo.bench.pacing;

import io.echo.cli.FlagValues;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Ways in which an event loop waits for the time of the next probe in open loop. */
public enum Pacing {
    /** Sleeps, and is woken at the exact time. */
    AUTO,
    /** Polls for I/O without a pause, which takes a core. */
    SPIN,
    /** Sleeps by the transport's own timer: tens of microseconds late, up to 1 ms on NIO. */
    TIMER;

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

    /** Returns the name, as the flag has it. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
