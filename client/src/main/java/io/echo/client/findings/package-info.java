/**
 * Sentences about what stands out in the flows, sizes and outages of a run.
 *
 * <p>To read in this order: {@link io.echo.client.findings.Findings}, all of them, the gravest
 * first; {@link io.echo.client.findings.OutageFindings}, which takes the outages as {@link
 * io.echo.client.findings.OutageEvents} counts them; {@link io.echo.client.findings.SizeFindings}.
 *
 * <p>Words alone: {@link io.echo.client.flow.Paths} has been judged before.
 */
package io.echo.client.findings;
