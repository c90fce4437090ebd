package io.echo.server;

/**
 * What a value must be, in the words of the command line.
 *
 * <p>A class of its own: the records of {@link ServerConfig} make their defaults in static
 * initialisers and must not start one another's.
 */
final class Require {
    private Require() {}

    static void range(String flag, long value, long min, long max) {
        if (value < min || value > max) {
            throw new IllegalArgumentException(
                    flag + " must be a number from " + min + " to " + max + ", got " + value);
        }
    }
}
