/**
 * A connection's life: accepted or reset, echoed, and ended under one reason.
 *
 * <p>In reading order: {@link io.echo.server.tcp.TcpBinder} binds the listeners and builds the
 * pipelines of the connections; {@link io.echo.server.tcp.TcpAdmission} admits or resets a new one;
 * {@link io.echo.server.tcp.TcpGuard} holds its state, which is drawn there; {@code TcpConnections}
 * ends those that have timed out; {@code BacklogDrain} empties a listener's backlog when the server
 * stops.
 *
 * <p>A guard belongs to one connection and runs on its event loop. The admission is one for all
 * listeners and loops, and thread-safe. A guard keeps no bytes: it hands each buffer on to the
 * echo, which writes it; only what may wait long is first copied out of its receive slot.
 */
package io.echo.server.tcp;
