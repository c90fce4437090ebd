/**
 * A bad network on purpose: the fate of each datagram and of each connection, drawn from a seed.
 *
 * <p>In reading order: {@link io.echo.server.config.FaultProfile} says what shall happen and how
 * often; {@link io.echo.server.fault.DatagramFates} and {@link
 * io.echo.server.fault.ConnectionFates} draw it; {@link io.echo.server.fault.DatagramFate} and
 * {@link io.echo.server.fault.ConnectionFate} are what was drawn; {@link
 * io.echo.server.fault.FaultRecord} counts what was done.
 *
 * <p>Drawing only: no sockets, no clock, no threads. The same seed gives the same fates, whatever
 * the machine does, except those that depend on the time of arrival (burst and rate). The oracle of
 * the load tester ({@code OracleTest}) is the first user.
 */
package io.echo.server.fault;
