/**
 * The race: our server against the others that a user could pick, and against C.
 *
 * <pre>
 *   Plan -> Race    heats: start, warm, alternate rounds, end      (calling thread)
 *             |  Workshop   the C programs, compiled here
 *             |  Peers      who is on this machine, and who is not
 *             |  Running    a server process, from its first echo to its end
 *             |  Loader     a C process for each round, which also takes the server's CPU time
 *          Outcome -> Table
 * </pre>
 */
package io.echo.bench.race;
