/**
 * Results for people: the table of a load, and pages that open anywhere, with nothing beside them
 * and no network.
 *
 * <pre>
 *   Measurement, Verdict --> TextReport     lines for a terminal
 *   Result ----------------> LoadPage       of load and merge; FlowsSection, OutageSection,
 *                                           TimeCharts, ConditionsSection
 *   Comparison ------------> ComparePage    of compare
 *   RateSearch.Outcome ----> SweepPage      of sweep
 *                               |
 *                            HtmlPage       a finding, figures, sections of text, charts, tables
 *                             Plot          Chart: columns, and the way to draw them;
 *                               |           FlowPlot: flows against time
 *   report.html, report.css, chart.js, tables.js, flows.js, report.js: the one template; report.js
 *   draws, with uPlot
 * </pre>
 *
 * <p>HtmlPage and Chart know nothing of loads. All text goes through the template, which escapes
 * it, and all numbers through a JSON writer that leaves no bracket in them, so nothing in a result
 * can become markup; the page's policy lets no other script run, by hash.
 */
package io.echo.bench.report;
