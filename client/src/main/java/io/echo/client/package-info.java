/**
 * A client for any echo service: by hand, from a pipe, as a ping, and as a library.
 *
 * <pre>
 *   Chat, UdpPipe, Send -> EchoClient -> Exchange (matches replies) -+
 *   TcpPipe, Upload -------------------------------------------------+-> Link -> socket
 * </pre>
 *
 * <p><b>Threads.</b> Each {@link io.echo.client.EchoClient} and each pipe has one event loop, a
 * daemon. Commands write output on the thread that called them, never on the loop, and read input
 * on a daemon thread; so slow output and slow input stop nothing else.
 *
 * <p><b>Buffers.</b> {@code Exchange} copies what it receives and releases it; {@code TcpPipe}
 * hands the buffers to the thread that prints, which releases them. No Netty type leaves the
 * package.
 *
 * <p><b>Waiting.</b> Whatever depends on the peer ends with a timeout; whatever depends on input or
 * output takes as long as it takes.
 */
package io.echo.client;
