/**
 * Tests that tell a difference between two sides from the noise of their runs. They assume no
 * distribution, and are exact up to {@link io.echo.bench.statistics.SumDistribution#MOST_EXACT}
 * values.
 *
 * <p>Names no other package of ours. {@link io.echo.bench.statistics.Design} is the way in.
 */
package io.echo.bench.statistics;
