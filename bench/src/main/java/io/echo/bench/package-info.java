/**
 * The instrument: measures any UDP or TCP echo service so that it can be believed.
 *
 * <pre>
 *   BenchMain -> LoadCommand   flags ->  LoadConfig, Limits
 *                   |
 *                LoadTest      keeps time, collects once a second      (calling thread)
 *                   |
 *        Worker ... Worker     connections, pace and tallies            (echo-load-… threads)
 *           |  PacedIoHandler  one round: read replies, then send what is due
 *           |  Pace            OpenLoop: by the schedule; ClosedLoop: when there is room
 *        Flow ... Flow         sockets, from the client module
 *                   |
 *               Measurement -> Verdict -> Report, ResultJson, ResultFile, HdrLog
 * </pre>
 *
 * <p><b>Time.</b> In open loop the time of probe n follows from the start of the run and n alone
 * ({@link io.echo.client.probe.Schedule}). Latency is counted from there; service time from the
 * actual send; send lateness is what lies between, and is the generator's own fault. A generator
 * that cannot keep up, or a reply that is not as it was sent, makes a measurement invalid, which is
 * said before anything else.
 *
 * <p><b>Threads.</b> Each worker is one event loop and the only writer of its tally. Once a second
 * the calling thread has each loop swap in an empty tally and adds up the full ones, so the hot
 * path has no lock, no atomic and no allocation of ours. In open loop a worker spins for the last 2
 * ms before each probe, which from some 500 probes a second means all of a core; {@code --pacing
 * timer} trades that for lateness.
 *
 * <p><b>Buffers.</b> Probes and replies use the few direct buffers of their loop's {@link
 * io.echo.client.probe.LoopBuffers} again and again.
 *
 * <p><b>Memory.</b> A bit for each probe tells a late reply from a second one, up to 64 MiB for all
 * connections; beyond the half billion probes that these hold, a reply to the oldest is foreign.
 *
 * <p>Where to read: {@link io.echo.bench.load.LoadRun}, {@link io.echo.bench.load.Worker}, {@link
 * io.echo.bench.load.PacedIoHandler}, {@link io.echo.bench.load.OpenLoop}, {@link
 * io.echo.bench.result.Verdict}.
 */
package io.echo.bench;
