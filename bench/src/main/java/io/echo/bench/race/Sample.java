package io.echo.bench.race;

import java.util.Map;

/**
 * One round of one server.
 *
 * @param server its name; in {@link RaceCase.Kind#HALF}, {@code c/nio} is C at the rate of nio
 * @param restart from 0
 * @param round from 0, after each restart
 */
record Sample(
        RaceCase race, String server, int restart, int round, Map<Figure, Double> figures) {
    private static final String AT_RATE_OF = Peers.C + "/";

    /** The name of C at the rate of another server. */
    static String atRateOf(String server) {
        return server.equals(Peers.C) ? server : AT_RATE_OF + server;
    }

    /** Whether it is there only for another server to be set beside it. */
    boolean isYardstick() {
        return server.startsWith(AT_RATE_OF);
    }

    boolean sameTurn(Sample other) {
        return race == other.race && restart == other.restart && round == other.round;
    }

    double figure(Figure figure) {
        return figures.get(figure);
    }
}
