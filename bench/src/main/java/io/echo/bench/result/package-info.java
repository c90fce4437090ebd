/**
 * Results of loads: the typed form of a result, its JSON, files of results, and sums of them.
 *
 * <pre>
 *   Measurement, Verdict --> Result &lt;--> ResultJson   the one place that writes and reads JSON
 *                             |  |            |
 *                             |  |            +-- SavedResults   finds results in files and logs
 *                             |  +-- MergedResult                many results
 *                             |
 *                          RateSearch                            the search of sweep, step by step
 * </pre>
 *
 * <p>HdrLog is one of the files that a command writes.
 */
package io.echo.bench.result;
