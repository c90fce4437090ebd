/**
 * One connected socket: from the name of a host to a channel, or to the words for why there is
 * none.
 *
 * <p>To read in this order: {@link io.echo.client.socket.ClientSocket}, which connects; {@link
 * io.echo.client.socket.HostLookup}, the addresses that it tries; {@link
 * io.echo.client.socket.FailureReason}, plain words for errors of sockets, each a {@link
 * io.echo.client.socket.SocketFailure}; {@link io.echo.client.socket.SocketOptions}, flags about
 * packets as options of a socket.
 *
 * <p><b>Threads.</b> Each socket has an event loop of its own, a daemon thread, which closing the
 * socket ends. A look-up has a thread too, since the JDK gives it no timeout. Callers wait.
 *
 * <p><b>Buffers.</b> None are held here: received ones belong to the handler that the caller adds.
 */
package io.echo.client.socket;
