/**
 * When a service did not answer: runs of probes without an answer in time, in the order in which
 * they should have left, and which of these runs are outages.
 *
 * <p>To read in this order: {@link io.echo.client.outage.LossRun}; {@link
 * io.echo.client.outage.MissLog}, which finds runs by the numbers of probes; {@link
 * io.echo.client.outage.OutageTally}, which adds them up; {@link io.echo.client.outage.Outages}.
 *
 * <p>Values and arithmetic: no threads, no sockets, no buffers. Names no other package of ours.
 */
package io.echo.client.outage;
