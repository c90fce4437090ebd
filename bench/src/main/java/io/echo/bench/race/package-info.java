/**
 * The race: our server against the others that a user could pick, and against C.
 *
 * <pre>
 *   RacePlan -> Race   heats: start, warm, alternate rounds, end      (calling thread)
 *                 |  BuildDirectory  the C programs, compiled here
 *                 |  RaceServers     the servers on this machine, and why others are absent
 *                 |  ServerProcess   a server, from its first echo to its end
 *                 |  LoaderProcess   a C process for each round, which also takes the server's
 *                 |                  CPU time
 *              RaceOutcome -> RaceTable, RaceJson
 * </pre>
 */
package io.echo.bench.race;
