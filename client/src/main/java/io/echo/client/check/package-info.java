/**
 * The protocols and families over which a host echoes.
 *
 * <p>To read in this order: {@link io.echo.client.check.PathCheck}, which asks a host over UDP and
 * TCP, IPv4 and IPv6 at once; {@code UdpCheck}, over several {@code UdpPort}s, and {@code
 * TcpCheck}, one of them each; {@link io.echo.client.check.PathResult}, what came of it; {@code
 * FailureWords}, errors in the words of a firewall.
 *
 * <p><b>Threads.</b> A {@code PathCheck} runs on one event loop, without locks; any thread may wait
 * for its results.
 *
 * <p><b>Buffers.</b> Replies are compared, or copied, and released on the event loop.
 */
package io.echo.client.check;
