/**
 * The echo server: sends back every datagram and every byte that it receives.
 *
 * <pre>
 *              UDP: one socket per address and loop        TCP: one listener, many connections
 *
 *   kernel     recvfrom / recvmsg      sendto / sendmmsg   read                       write
 *                 |                       ^                  |                          ^
 *                 v                       |                  v                          |
 *   pipeline   UdpGuard --------------> EchoHandler       TcpGuard ----------------> EchoHandler
 *              admit or drop,             write,           stop reading while the      write,
 *              request -> reply           flush once       peer does not drain,        flush once
 *              envelope                   per batch        finish after half-close     per batch
 * </pre>
 *
 * <p><b>Threads.</b> {@code echo-io-N}: the event loops, as many as configured; each owns its
 * datagram sockets and its share of the connections, and everything in their pipelines. {@code
 * echo-admin}: health and metrics over HTTP, so that no load on the echo delays them. {@code
 * echo-control}: the scan of the interfaces, the probes, and the warnings of drops. The thread that
 * calls {@link io.echo.server.EchoServer#start} binds; the one that calls {@code close} drains and
 * waits.
 *
 * <p><b>Buffers.</b> Datagrams and TCP bytes are read into slots of {@link
 * io.echo.server.loop.ReceiveBuffers} (with io_uring, TCP bytes into buffers of Netty's allocator,
 * since a read there holds its buffer while it waits). The holder of a buffer owns its one
 * reference: the channel hands it to the guard, the guard to the echo, the echo to {@code write},
 * and the channel releases it when the kernel has taken it. A guard that drops a datagram releases
 * it. Many datagrams that the kernel hands over in one call (epoll) stay one message in one slot,
 * both ways; {@link io.echo.server.udp.TrainGuard} then stands in for {@code UdpGuard}.
 *
 * <p><b>Counting.</b> Each loop has its own {@link io.echo.server.metrics.LoopCounters}: received =
 * echoed + dropped + pending, each drop under one reason of {@link io.echo.server.metrics.Counter}.
 *
 * <p><b>Overload.</b> Memory is always bounded. When replies cannot leave as fast as requests come,
 * the socket is not read: the kernel then drops datagrams at the receive buffer, and TCP's window
 * stops the peer.
 *
 * <p><b>Close.</b> A connection whose peer has shut down its sending side closes after the last
 * byte has left. A reset closes quietly. {@code close} empties the backlog and ends the listeners,
 * lets connections and datagrams in flight finish, then ends the sockets, the loops and, last,
 * health.
 *
 * <p><b>Where to start reading.</b> {@link io.echo.server.udp.UdpBinder} and {@link
 * io.echo.server.tcp.TcpBinder} build the two pipelines. {@link io.echo.server.EchoHandler} is at
 * the end of both, one instance for all. {@link io.echo.server.udp.UdpGuard} and {@link
 * io.echo.server.tcp.TcpGuard} stand in front of it. {@link io.echo.server.EchoServer} puts
 * everything together, {@code Drain} stops it, and {@link io.echo.server.command.ServerMain} is the
 * program. The packages {@code udp}, {@code tcp}, {@code loop}, {@code admission} and {@code
 * metrics} name their files in reading order.
 */
package io.echo.server;
