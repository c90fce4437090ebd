/**
 * What one packet costs, by JMH; one question for each class.
 *
 * <p>{@link io.echo.bench.jmh.RoundTrip}: how long one packet takes through the real server. {@link
 * io.echo.bench.jmh.Window}: how many a second, with several in flight. {@link
 * io.echo.bench.jmh.OneProbe}: what a probe costs the load tester itself. Benchmarks of what is not
 * public stand in the package they measure: {@code io.echo.server}, one for each guard.
 */
package io.echo.bench.jmh;
