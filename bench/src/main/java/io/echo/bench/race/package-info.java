/**
 * The race: a developer's tool that compares our server with others and with plain C, in
 * alternating rounds under the same load. In the same way it measures our generator, more loops,
 * very many senders, and use of the admin port.
 *
 * <pre>
 *   RaceCommand, RaceFlags -> RacePlan    RaceCase: a row for each load
 *                                |
 *                              Race       starts, rounds, end of each case  (calling thread)
 *                                |
 *                           RoundRunner   one server: start, warm, measure
 *      RaceServers            |  |  |     the servers on this machine, why others are absent
 *      ServerProcess ---------+  |  |     a running server
 *      LoaderProcess ------------+  |     the C loader, or our load command
 *      AdminLoad, GcLog ------------+     requests to the admin port; garbage of our server
 *                                |
 *                           RaceOutcome -> RaceTable, RaceJson
 * </pre>
 *
 * <p>CoreChoice picks the cores, BuildDirectory compiles the C programs.
 */
package io.echo.bench.race;
