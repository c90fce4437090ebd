/**
 * The race: our server against the others that a user could pick, and against C; and what can be
 * measured in the same way, in rounds that alternate with those of a yardstick: our generator, more
 * loops, very many senders, and use of the admin port.
 *
 * <pre>
 *   RaceCommand, RaceFlags -> RacePlan    RaceCase: a row for each load
 *                                |
 *                              Race       starts, rounds, end of each case  (calling thread)
 *                                |
 *                           RoundRunner   one server: start, warm, measure
 *      RaceServers            |  |  |     the servers on this machine, and why others are absent
 *      ServerProcess ---------+  |  |     a server, from its first echo to its end
 *      LoaderProcess ------------+  |     the C loader, or our load command
 *      AdminLoad, GcLog ------------+     requests to the admin port; the garbage of our server
 *                                |
 *                           RaceOutcome -> RaceTable, RaceJson
 * </pre>
 *
 * <p>CoreChoice says which core each process has, BuildDirectory compiles the C programs.
 */
package io.echo.bench.race;
