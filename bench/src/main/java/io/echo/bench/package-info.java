/**
 * The load tester: measures any UDP or TCP echo service.
 *
 * <pre>
 *   command   BenchMain, the commands and their flags
 *      |
 *   load      LoadRun: sends probes, counts replies         -> Measurement
 *      |
 *   result    Verdict, files, merging and comparing results
 *      |
 *   report    the table and the HTML pages
 *
 *   race      compares servers (a developer's tool)         jmh   JMH benchmarks
 * </pre>
 *
 * <p><b>Time.</b> In open loop the intended time of probe n follows from the start of the run and n
 * alone ({@link io.echo.client.probe.Schedule}). Latency counts from the intended time, service
 * time from the actual send. Send lateness is the difference, and is the generator's fault. A
 * measurement is not valid when the generator cannot keep up or a reply differs from its probe; the
 * report says so first.
 *
 * <p><b>Threads.</b> Each worker is one event loop and the only writer of its counts. Once a second
 * each loop swaps in empty counts, and the calling thread adds up the full ones, so the hot path
 * has no lock, no atomic and no allocation of ours. In open loop a worker sleeps until just before
 * the time of each probe, see {@link io.echo.bench.pacing.Pacing}.
 *
 * <p><b>Buffers.</b> Probes and replies reuse the few direct buffers of their loop's {@link
 * io.echo.client.probe.LoopBuffers}.
 *
 * <p><b>Memory.</b> One bit for each probe tells a late reply from a duplicate, at most 64 MiB for
 * all connections. That holds half a billion probes; a reply to an older one counts as foreign.
 *
 * <p>Read in this order: {@link io.echo.bench.load.LoadRun}, {@link io.echo.bench.load.Worker},
 * {@link io.echo.bench.pacing.PacedIoHandler}, {@link io.echo.bench.load.OpenLoop}, {@link
 * io.echo.bench.verdict.Verdict}.
 */
package io.echo.bench;
