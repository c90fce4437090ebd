/**
 * A library that sends messages to any echo service and finds the reply to each.
 *
 * <p>To read in this order: {@link io.echo.client.EchoClient}, what a user of the library types;
 * {@code ReplyExchange}, the one handler of its channel; {@code UdpMatcher} and {@code TcpMatcher},
 * which find the message that received bytes answer.
 *
 * <pre>
 *   EchoClient.echo -&gt; ReplyExchange.send -&gt; socket
 *   future  &lt;- ReplyExchange &lt;- UdpMatcher or TcpMatcher &lt;- socket
 * </pre>
 *
 * <p><b>Threads.</b> Any thread may call {@code EchoClient}. Each has one event loop, a daemon
 * thread, on which all else runs: the futures complete there, and what they call must not block.
 *
 * <p><b>Buffers.</b> {@code ReplyExchange} copies what it receives into arrays and releases it. No
 * Netty type is part of the library's signatures.
 */
package io.echo.client;
