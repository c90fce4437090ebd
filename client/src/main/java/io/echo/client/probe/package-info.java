/**
 * Numbered probes and what became of each: for {@code ping} and for the load generator.
 *
 * <p>To read in this order: {@link io.echo.client.probe.Probe}, the bytes of a probe; {@link
 * io.echo.client.probe.Flow} with {@code UdpFlow} and {@code TcpFlow}, one socket that sends them;
 * {@code FlowAccounting}, where latency is computed and replies are counted; {@code ProbeLedger},
 * which tells first replies from duplicates; {@link io.echo.client.probe.ProbeStats}, the counts
 * and histograms. {@link io.echo.client.probe.Schedule} says when probes leave; {@link
 * io.echo.client.probe.JvmWarmup} runs before the first one that counts.
 *
 * <p><b>Threads.</b> A flow and all that it writes belong to one event loop, without locks. Counts
 * leave the loop by {@link io.echo.client.probe.LoopBuffers#swap}.
 *
 * <p><b>Buffers.</b> {@link io.echo.client.probe.LoopBuffers} holds a few direct buffers for each
 * loop, which flows use over and over; sending a probe allocates nothing.
 */
package io.echo.client.probe;
