/**
 * A datagram's way through the server: admitted and echoed, or dropped and counted.
 *
 * <p>In reading order: {@link io.echo.server.udp.UdpBinder} binds the sockets of an address and
 * builds their pipelines; {@link io.echo.server.udp.UdpGuard} is the way itself; {@code UdpPolicy},
 * which {@code UdpPolicies} makes for each address, decides, and {@code UdpVerdict} names the
 * reason and its counters; {@code DatagramLedger} counts what has left; {@code UdpSockets} follows
 * the interfaces as addresses come and go.
 *
 * <p>Trains, many datagrams of one size in one call to the kernel (UDP_GRO and UDP_SEGMENT), are
 * apart: {@code TrainGuard} extends the guard, {@code DatagramTrain} joins datagrams into one, and
 * {@code TrainCheck} finds out at the start whether the kernel and Netty can do it. Without trains
 * none of the three is in a pipeline.
 *
 * <p>A guard and its ledger belong to one socket and run on its event loop. A policy serves all
 * loops. {@code UdpSockets} and {@code UdpBinder} run under the server's lock. A guard owns the one
 * reference to a request until it hands it on as a reply, or releases it with the drop; only the
 * ledger holds a second one, to a train that the kernel may refuse.
 */
package io.echo.server.udp;
