/**
 * The largest datagram that comes back whole, and what becomes of larger ones.
 *
 * <p>To read in this order: {@link io.echo.client.mtu.MtuMeasurement}, which measures one address
 * and judges; {@link io.echo.client.mtu.MtuResult} and {@link io.echo.client.mtu.Reason}, what it
 * finds; {@code SizeSearch}, the bisection; {@code RateCheck}, which tells a limit on bytes per
 * second from one on size; {@code PortSearch}, which finds a port whose flow is alive; {@code
 * PathSocket}, a connected socket that forbids fragments or allows them; {@code DatagramBook}, what
 * was sent and what came back.
 *
 * <p><b>Threads.</b> The caller's thread sends and waits, and the event loop of the socket
 * receives; they meet in {@code DatagramBook}, which is a monitor.
 *
 * <p><b>Buffers.</b> Each datagram has a buffer of its own, which the channel releases; replies are
 * compared, or copied, and released on the event loop.
 */
package io.echo.client.mtu;
