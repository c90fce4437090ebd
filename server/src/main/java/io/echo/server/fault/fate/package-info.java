/**
 * The fates that a profile draws for datagrams and connections.
 *
 * <p>{@link io.echo.server.fault.fate.DatagramFates} and {@link
 * io.echo.server.fault.fate.ConnectionFates} draw them. The same seed gives the same ones, whatever
 * the machine does, except those that depend on the time of arrival (burst and rate). Nothing here
 * knows sockets, a clock or threads; the oracle of the load tester ({@code OracleTest}) uses it
 * too.
 */
package io.echo.server.fault.fate;
