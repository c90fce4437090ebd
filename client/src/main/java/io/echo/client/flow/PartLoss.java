package io.echo.client.flow;

/**
 * The loss of a generator, of several, that loses more than the others: with all of its flows, so
 * that none of these is to blame. What is explained elsewhere is left out of the losses: outages of
 * the service, sizes that are lost, and flows that are bad themselves.
 *
 * @param flows of which generator it is, in words
 * @param loss of these, from 0 to 1
 * @param othersLoss the loss of the other generators, those that lose more themselves left out
 */
public record PartLoss(String flows, double loss, double othersLoss) {}
