/**
 * The process of {@code echo-bench}: its commands and their flags.
 *
 * <pre>
 *   BenchMain   command line, errors, exit code
 *     LoadCommand      LoadFlags, PaceFlags, SocketFlags -> LoadConfig; LimitFlags -> PassCriteria
 *     SweepCommand     the same without PaceFlags, once for each rate
 *     MergeCommand, CompareCommand     results from files
 *     JmhCommand       JMH in a JVM of its own
 *   Progress    the line on standard error while a load runs
 * </pre>
 *
 * <p>A new flag of {@code load} and {@code sweep}: an option in one of the four classes of flags,
 * and a value in {@link io.echo.bench.load.LoadConfig} or {@link
 * io.echo.bench.verdict.PassCriteria}.
 */
package io.echo.bench.command;
