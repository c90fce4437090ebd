/**
 * Where and when probes were lost: on which flow, in which outage, and whether chance explains it.
 *
 * <p>To read in this order: {@link io.echo.client.flow.FlowBook}, which each event loop writes
 * while it runs; {@link io.echo.client.flow.PathAnalysis}, which makes {@link
 * io.echo.client.flow.Paths} of the books after it; {@link io.echo.client.flow.FlowJudge} and
 * {@link io.echo.client.flow.LossSpread}, which tell chance from a fault. {@link
 * io.echo.client.flow.JoinedPaths} does the same for the results of several generators, with {@link
 * io.echo.client.flow.PartLosses} for what one of them loses as a whole.
 *
 * <p>A flow is what routers and balancers tell apart: a protocol and two addresses with their
 * ports. A connection that is opened again has another local port, and is another flow in the same
 * place.
 */
package io.echo.client.flow;
