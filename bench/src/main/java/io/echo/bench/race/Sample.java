package io.echo.bench.race;

/**
 * One round of one server.
 *
 * @param server its name; for {@link RaceCase.Kind#HALF}, {@code c/nio} is C at the rate of nio
 * @param restart from 0
 * @param round from 0, after each restart
 */
record Sample(RaceCase race, String server, int restart, int round, Figures figures) {
    /** C, at the rate of another server. */
    static String atRateOf(String server) {
        return Peers.C + "/" + server;
    }

    boolean sameTurn(Sample other) {
        return race == other.race && restart == other.restart && round == other.round;
    }
}
