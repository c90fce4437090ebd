/**
 * How a report looks: a page that opens anywhere, with nothing beside it and no network.
 *
 * <pre>
 *   HtmlPage   what the page says: a finding, figures, sections of text, charts and tables
 *   Chart      columns, and how they are drawn          (report.js draws them, with uPlot)
 *   report.html, report.css, chart.js, report.js        the one template, and its looks
 * </pre>
 *
 * <p>It knows nothing of loads. All text goes through the template, which escapes it, and all
 * numbers through a JSON writer that leaves no bracket in them, so nothing in a result can become
 * markup; the page's policy lets no other script run, by hash.
 */
package io.echo.bench.report;
