/**
 * The list of everything that is counted, and the counters themselves.
 *
 * <p>In reading order: {@link io.echo.server.metrics.Counter} is the list of everything counted,
 * with its metric and reason; {@link io.echo.server.metrics.LoopCounters} holds the values of one
 * event loop; {@code TimeHistogram} holds durations; {@code KernelDrops} reads from /proc what the
 * kernel has dropped before the server saw it. How the values are summed is in {@code
 * io.echo.server.loop}, how they are shown in {@code io.echo.server.admin}.
 *
 * <p>One thread writes a counter or a histogram, its event loop, and any thread reads it: no locks,
 * no atomic additions.
 */
package io.echo.server.metrics;
