package io.echo.client.flow;

import io.echo.client.outage.Outages;
import java.util.List;
import java.util.Optional;

/**
 * Where and when a run lost its probes.
 *
 * @param flows all bad ones, the worst first, then a sample of the rest; {@link #LISTED} at most
 *     unless more are bad
 * @param sent measured probes of all flows
 * @param total flows that sent measured probes
 * @param dead those of them on which nothing came back
 * @param bad those that are not like the others, the dead ones among them
 * @param lossEvenP how likely chance alone spreads the losses over the flows as unevenly as they
 *     are; empty when nothing was lost, or there is one flow
 * @param othersLoss the loss of the flows that are not bad, from 0 to 1
 * @param othersP50Us their median latency
 * @param worstLoss the largest loss of one flow, from 0 to 1
 * @param outages of the service, all flows together
 * @param longestFlowOutageMs the longest outage of one flow that was not dead throughout
 * @param downs times that a place was without a connection; only over TCP
 * @param longestDownMs the longest of them
 * @param distanceUs from one probe to the next, on average: no shorter outage is seen
 * @param ownDelayMs the longest time by which the generator itself was late: an outage that is no
 *     longer may be its own
 * @param sizes the fate of each size, the smallest first; empty where all probes have one
 * @param parts of several generators, those of which all flows lose more than the others; empty in
 *     a result that was read from a file
 * @param strip flows against time; empty in a result that was read from a file
 */
public record Paths(
        List<FlowResult> flows,
        long sent,
        long total,
        long dead,
        long bad,
        Optional<Double> lossEvenP,
        double othersLoss,
        Optional<Double> othersP50Us,
        double worstLoss,
        Outages outages,
        double longestFlowOutageMs,
        long downs,
        double longestDownMs,
        double distanceUs,
        double ownDelayMs,
        List<SizeResult> sizes,
        List<PartLoss> parts,
        Optional<FlowStrip> strip) {
    /** Flows in the list, unless more are bad. */
    public static final int LISTED = 1_000;

    /** Nothing was sent. */
    public static final Paths NONE =
            new Paths(
                    List.of(),
                    0,
                    0,
                    0,
                    0,
                    Optional.empty(),
                    0,
                    Optional.empty(),
                    0,
                    Outages.NONE,
                    0,
                    0,
                    0,
                    0,
                    0,
                    List.of(),
                    List.of(),
                    Optional.empty());

    /** Returns the sizes whose probes are lost for their size. */
    public List<SizeResult> badSizes() {
        return sizes.stream().filter(SizeResult::bad).toList();
    }

    /** Returns the bad flows with this fault. */
    public List<FlowResult> with(FlowResult.Fault fault) {
        return flows.stream()
                .filter(flow -> flow.fault().filter(fault::equals).isPresent())
                .toList();
    }
}
