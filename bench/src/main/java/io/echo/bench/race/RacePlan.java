package io.echo.bench.race;

import io.echo.client.Values;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What a race is to be.
 *
 * @param servers names, see {@link Peers}; empty for every one that is found
 * @param rounds for each server and case, in turn, after each restart
 * @param warmup load before the first round, for servers that compile themselves while they run
 * @param round how long a round is
 * @param restarts how often all servers are started anew
 * @param java the program that runs our server
 * @param jvmOptions for it
 * @param jar our server
 * @param before another build of our server, to race beside it
 */
record RacePlan(
        List<String> servers,
        List<RaceCase> cases,
        int rounds,
        Duration warmup,
        Duration round,
        int restarts,
        CoreChoice cores,
        Path java,
        List<String> jvmOptions,
        Path jar,
        Optional<Path> before) {
    /** Checks the parts. */
    RacePlan {
        if (cases.isEmpty()) {
            throw Values.mustBe("--cases", "one case at least", "none");
        }
    }
}
