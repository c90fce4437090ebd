/**
 * The way to an echo: what it lets through, and what becomes of the rest.
 *
 * <p>How large a datagram may be, to read in this order: {@link
 * io.echo.client.path.MtuMeasurement}, which measures one address and judges; {@link
 * io.echo.client.path.MtuResult} and {@link io.echo.client.path.Reason}, what it finds; {@code
 * SizeSearch}, the bisection; {@code RateCheck}, which tells a limit on bytes per second from one
 * on size; {@code PathSocket}, a connected socket that forbids fragments or allows them; {@code
 * DatagramBook}, what was sent and what came back.
 *
 * <p>Which protocols and families are open: {@link io.echo.client.path.PathCheck}, which asks a
 * host over UDP and TCP, IPv4 and IPv6 at once; {@code UdpCheck} and {@code TcpCheck}, one of them
 * each; {@link io.echo.client.path.PathResult}, what came of it; {@code FailureWords}, errors in
 * the words of a firewall.
 *
 * <p><b>Threads.</b> To measure sizes, the caller's thread sends and waits, and the event loop of
 * the socket receives; they meet in {@code DatagramBook}, which is a monitor. A {@code PathCheck}
 * runs on one event loop, without locks; any thread may wait for its results.
 *
 * <p><b>Buffers.</b> Each datagram has a buffer of its own, which the channel releases; replies are
 * compared, or copied, and released on the event loop.
 */
package io.echo.client.path;
