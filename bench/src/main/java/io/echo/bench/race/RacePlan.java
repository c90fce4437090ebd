package io.echo.bench.race;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * The values of the flags of a race.
 *
 * @param servers names, see {@link RaceServers}; none for all that are found
 * @param rounds number of rounds for each server and case, after each restart
 * @param warmup time under load before the first round, for servers on a JVM
 * @param round length of a round
 * @param restarts number of times that all servers are started
 * @param java the program that runs our server
 * @param jvmOptions options of that JVM
 * @param jar our server
 * @param before another build of our server, to race beside it
 * @param program this program, whose load command is raced as a generator
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
        ProgramJar jar,
        Optional<ProgramJar> before,
        ProgramJar program) {}
