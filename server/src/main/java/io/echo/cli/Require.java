package io.echo.cli;

import io.echo.server.config.ServerConfig;
import java.time.Duration;

/**
 * What a value must be, in the words of the command line.
 *
 * <p>A class of its own: the records of {@link ServerConfig} make their defaults in static
 * initialisers and must not start one another's.
 */
public final class Require {
    private Require() {}

    public static void range(String flag, long value, long min, long max) {
        if (value < min || value > max) {
            throw new IllegalArgumentException(
                    flag + " must be a number from " + min + " to " + max + ", got " + value);
        }
    }

    public static void rate(String flag, double perSecond) {
        if (!(perSecond >= 0.001 && perSecond <= 1e9)) {
            throw new IllegalArgumentException(
                    flag + " must be from 0.001/s to 1000M/s, got " + FlagValues.show(perSecond));
        }
    }

    public static void positive(String flag, Duration duration) {
        if (duration.isZero() || duration.isNegative()) {
            throw new IllegalArgumentException(
                    flag + " must be longer than zero, got " + FlagValues.show(duration));
        }
    }

    public static void notNegative(String flag, Duration duration) {
        if (duration.isNegative()) {
            throw new IllegalArgumentException(
                    flag + " must not be negative, got " + FlagValues.show(duration));
        }
    }
}
