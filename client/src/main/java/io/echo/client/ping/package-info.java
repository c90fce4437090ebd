/**
 * Probes at an interval, with a line for each.
 *
 * <p>To read in this order: {@link io.echo.client.ping.PingConfig}; {@link
 * io.echo.client.ping.Ping}, which sends, and tells a {@link io.echo.client.ping.ProbeFate} for
 * each probe; {@link io.echo.client.ping.PingResult}, what came of all, and {@link
 * io.echo.client.ping.PingFlows}, of each port, as {@code load} judges it; {@link
 * io.echo.client.ping.PingSummary}, which tells it.
 *
 * <p><b>Threads.</b> One event loop sends, receives and prints.
 */
package io.echo.client.ping;
