/**
 * An oracle for the load tester: servers whose behaviour is a program drawn from a seed, and which
 * write down what they did by reading the bytes themselves.
 *
 * <p>In reading order: {@link io.echo.bench.oracle.Program} is what shall happen; {@link
 * io.echo.bench.oracle.DatagramOracle} and {@link io.echo.bench.oracle.StreamOracle} do it in plain
 * java.net and enter it in a {@link io.echo.bench.oracle.Journal}, a damaged datagram by its {@link
 * io.echo.bench.oracle.Meaning}; {@link io.echo.bench.oracle.PhaseStart} is where the warm-up
 * ended; {@link io.echo.bench.oracle.Truth} is what a right measurement must say of it; {@link
 * io.echo.bench.oracle.Trial} runs one program and tells each difference. Nothing here uses the
 * code that counts in the client. Fates that a server will have as a feature are drawn by {@code
 * io.echo.server.fault}.
 */
package io.echo.bench.oracle;
