/**
 * The rules by source address that both protocols share: who is let in, and how much.
 *
 * <p>In reading order: {@link io.echo.server.admission.SourceRules} has the access lists and the
 * trusted addresses; {@link io.echo.server.admission.SourceTrust} is what they say of datagrams to
 * one address; {@link io.echo.server.admission.RateLimiter} limits each source prefix; {@link
 * io.echo.server.admission.ProbePass} lets the server's own probe in. Rules of one protocol stand
 * in its own package: {@code UdpPolicy}, {@code TcpAdmission}.
 *
 * <p>Every loop uses the same instances. All are thread-safe, without locks, and allocate nothing
 * for a datagram.
 */
package io.echo.server.admission;
