/**
 * The load test itself: opens connections, sends probes, counts replies.
 *
 * <pre>
 *   LoadRun              keeps time, collects counts once a second      (calling thread)
 *      ConnectionOpener  opens the connections, configures each
 *      |
 *   Worker ... Worker    one event loop each                            (echo-load-... threads)
 *      PacedIoHandler    its loop: read replies, then TimedTask.tick
 *      Pace              OpenLoop by the schedule, ClosedLoop by replies
 *      (connections ended or too old: io.echo.bench.connection)
 *      |
 *   Flow ... Flow        sockets and probes, of the client module
 *
 *   LoadConfig in; Interval once a second, Measurement at the end out
 * </pre>
 *
 * <p>The client's {@code FlowAccounting} computes latency and send lateness of each probe, from the
 * intended time that {@link io.echo.bench.load.OpenLoop} gives.
 */
package io.echo.bench.load;
