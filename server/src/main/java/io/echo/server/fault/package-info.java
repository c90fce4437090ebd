/**
 * Ports that misbehave as told: a bad network on purpose.
 *
 * <p>{@link io.echo.server.config.FaultProfile} says what shall happen and how often; the fates are
 * drawn in {@link io.echo.server.fault.fate}.
 *
 * <p>{@link io.echo.server.fault.FaultPorts} are those of a server, each a {@link
 * io.echo.server.fault.FaultyPort} with one loop of its own. In front of the echo of a socket
 * stands {@code DatagramFaults}, and {@code DatagramCourse} carries out the fates of all of a
 * port's; in front of the guard and the echo of a connection stand {@code StreamInput}, which
 * decides when what is read goes on, and {@code StreamOutput}, which decides how it leaves. {@code
 * FaultCounters} is what a port counts, {@code HeldMemory} what it may hold.
 */
package io.echo.server.fault;
