package io.echo.server.config;

import io.echo.cli.FlagValues;
import java.time.Duration;
import java.util.OptionalLong;

/**
 * Checks of the values of a profile. Apart from the profile, whose parts may be made before it: its
 * own constants are of them.
 */
final class FaultValues {
    static final String SHARES = "from 0% to 100%";

    private FaultValues() {}

    static void requireShare(String name, double share) {
        if (!(share >= 0 && share <= 1)) {
            throw FlagValues.mustBe(name, SHARES, share * 100 + "%");
        }
    }

    static void requireAtLeast(String name, long least, long value) {
        if (value < least) {
            throw FlagValues.mustBe(name, "at least " + least, value);
        }
    }

    static void requireRate(String name, OptionalLong rate) {
        rate.ifPresent(
                bytes -> {
                    if (bytes < 1 || bytes > FaultProfile.MOST_PER_SECOND) {
                        throw FlagValues.mustBe(name, FaultProfile.RATES, bytes + "/s");
                    }
                });
    }

    static void requireTime(String name, Duration time) {
        FlagValues.requireNotNegative(name, time);
        if (time.compareTo(FaultProfile.Delay.LONGEST) > 0) {
            throw FlagValues.mustBe(
                    name,
                    "at most " + FaultProfile.Delay.LONGEST.toHours() + "h",
                    FlagValues.show(time));
        }
    }

    static void requireWithin(String name, Duration part, Duration every) {
        if (part.isNegative() || part.isZero() || part.compareTo(every) > 0) {
            throw FlagValues.mustBe(
                    name,
                    "a time and the period that it is part of",
                    FlagValues.show(part) + "/" + FlagValues.show(every));
        }
    }
}
