/**
 * The judgement of a measurement.
 *
 * <pre>
 *   Measurement --> Verdict        checks, and sentences for those that fail
 *                   |  AskedAndDone  the load that was asked for against the load that was made
 *                   |  OpenLimits    the limits that a user set
 *                   +- Warnings      what does not fail a run and should be known
 * </pre>
 */
package io.echo.bench.verdict;
