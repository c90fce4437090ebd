/**
 * An event loop that wakes up at exact times: {@link io.echo.bench.pacing.PacedIoHandler} wraps the
 * I/O handler of any transport and runs a {@link io.echo.bench.pacing.TimedTask} between its I/O.
 * {@link io.echo.bench.pacing.StallWatch} notices when it did not.
 */
package io.echo.bench.pacing;
