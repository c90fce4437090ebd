/**
 * Results of loads: the judgement of a measurement, the typed form of a result, its JSON, and the
 * commands' arithmetic on it.
 *
 * <pre>
 *   Measurement --> Verdict             checks, and sentences for those that fail
 *             |        |
 *             +--> Result &lt;--> ResultJson   the one place that writes and reads JSON
 *                    |  |            |
 *                    |  |            +-- SavedResults   finds results in files and logs
 *                    |  +-- MergedResult, Comparison    many results
 *                    |
 *                 RateSearch                            the search of sweep, step by step
 * </pre>
 *
 * <p>ResultFiles are the files that a command writes, HdrLog is one of them; Figures formats
 * numbers for people.
 */
package io.echo.bench.result;
