/**
 * The port for TLS.
 *
 * <p>In reading order: {@link io.echo.server.tls.TlsContext} reads the files, and again when they
 * change. {@link io.echo.server.tls.TlsPipeline} puts the JDK's engine in front of the echo of
 * plain connections, with {@link io.echo.server.tls.HandshakeGate} before it and {@link
 * io.echo.server.tls.TlsGuard} behind it. {@link io.echo.server.tls.Handshakes} counts.
 */
package io.echo.server.tls;
