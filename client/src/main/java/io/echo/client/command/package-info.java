/**
 * The program {@code echo-client}: flags in, output and an exit code out.
 *
 * <p>To read in this order: {@code ClientMain}, which chooses what to run; {@code ConnectFlags},
 * the flags that commands share; {@code Chat}, {@code UdpPipe} and {@code TcpPipe} for a target
 * without a command; {@code SendCommand}; {@code PingCommand}; {@code MtuCommand} and {@code
 * MtuReport}; {@code CheckCommand} and {@code CheckLine}.
 *
 * <pre>
 *   Chat, UdpPipe, SendCommand -> EchoClient -----> ClientSocket
 *   TcpPipe, InputSender -------------------------> ClientSocket
 *   PingCommand -> Ping of io.echo.client.ping -> Flow of io.echo.client.probe
 *   MtuCommand -> MtuMeasurement of io.echo.client.mtu
 *   CheckCommand -> PathCheck of io.echo.client.check
 * </pre>
 *
 * <p><b>Threads.</b> Input is read on a daemon thread, output is written on the thread that called
 * the command, never on the event loop: slow input or output stops nothing else. {@code Ping} alone
 * prints on its event loop.
 *
 * <p><b>Buffers.</b> {@code TcpPipe} hands received buffers to the thread that prints, which
 * releases them.
 *
 * <p><b>Waiting.</b> Each wait for the peer ends with {@code --timeout}; waiting for input or
 * output has no limit.
 */
package io.echo.client.command;
