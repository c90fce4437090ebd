/**
 * The echo server: sends back every datagram and every byte it is given.
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
 * echo-admin}: health over HTTP, so that no load on the echo delays it. {@code echo-control}: the
 * scan of the interfaces and the summary of what was dropped. The thread that calls {@link
 * io.echo.server.EchoServer#start} binds; the one that calls {@code close} drains and waits.
 *
 * <p><b>Buffers.</b> Datagrams and TCP bytes are read into slots of {@link
 * io.echo.server.loop.ReceiveBuffers} (on io_uring TCP bytes into buffers of Netty's allocator, for
 * a read there holds its buffer while it waits). Whoever holds a buffer owns its one reference: the
 * channel hands it to the guard, the guard to the echo, the echo to {@code write}, and the channel
 * releases it when the kernel has taken it. A guard that drops releases. A train of datagrams that
 * the kernel hands over in one call (epoll) stays in one slot and one message, both ways; {@link
 * io.echo.server.udp.DatagramLedger} holds a second reference until the kernel has taken it.
 *
 * <p><b>Counting.</b> Loops count in {@link io.echo.server.metrics.LoopCounters} of their own:
 * received = echoed + dropped + pending, each drop under one reason of {@link
 * io.echo.server.metrics.Counter}.
 *
 * <p><b>Overload.</b> Memory is bounded before anything else. When replies cannot leave as fast as
 * requests come, the socket is not read: the kernel then drops datagrams at the receive buffer, and
 * TCP's window stops the peer.
 *
 * <p><b>Close.</b> A connection whose peer has shut down its sending side closes after the last
 * byte has left. A reset closes quietly. {@code close} empties the backlog and ends the listeners,
 * lets connections and datagrams in flight finish, then ends the sockets, the loops and, last,
 * health.
 *
 * <p>Where to start reading: {@link io.echo.server.EchoHandler}, the two guards, {@link
 * io.echo.server.udp.UdpBinder} and {@link io.echo.server.tcp.TcpBinder}, {@link
 * io.echo.server.EchoServer}, {@link io.echo.server.command.ServerMain}.
 */
package io.echo.server;
