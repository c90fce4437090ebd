/**
 * Ports that misbehave as told: a bad network on purpose.
 *
 * <p>In reading order: {@link io.echo.server.config.FaultProfile} says what shall happen and how
 * often; {@link io.echo.server.fault.DatagramFates} and {@link
 * io.echo.server.fault.ConnectionFates} draw it; {@link io.echo.server.fault.DatagramFate} and
 * {@link io.echo.server.fault.ConnectionFate} are what was drawn. The same seed gives the same
 * fates, whatever the machine does, except those that depend on the time of arrival (burst and
 * rate). These know no sockets, no clock and no threads; the oracle of the load tester ({@code
 * OracleTest}) uses them too.
 *
 * <p>{@link io.echo.server.fault.FaultPorts} are those of a server, each a {@link
 * io.echo.server.fault.FaultyPort} with one loop of its own. In front of the echo of a socket
 * stands {@code DatagramFaults}, and {@code DatagramCourse} carries out the fates of all of a
 * port's; in front of the guard and the echo of a connection stand {@code StreamInput}, which
 * decides when what is read goes on, and {@code StreamOutput}, which decides how it leaves. {@code
 * FaultCounters} is what a port counts, {@code HeldMemory} what it may hold.
 */
package io.echo.server.fault;
