package io.echo.bench.race;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * The task of a race, as the flags give it.
 *
 * @param servers names, see {@link RaceServers}; none for all that are found
 * @param rounds how many for each server and case, in turn, after each restart
 * @param warmup time under load before the first round, for servers that compile while they run
 * @param round how long a round is
 * @param restarts how often all servers are started anew
 * @param java the program that runs our server
 * @param jvmOptions for it
 * @param jar our server
 * @param before another build of our server, to race beside it
 * @param program the jar of this program, whose load command is raced as a generator
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
        Optional<Path> before,
        Path program) {}
