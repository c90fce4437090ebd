package io.echo.client.flow;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.apache.commons.statistics.distribution.ChiSquaredDistribution;

/**
 * Tells whether losses are spread over the flows as chance spreads them: the statistic is that of
 * Pearson's test, its distribution is drawn where few losses fall on a flow, and chi-squared else.
 */
final class LossSpread {
    /** Losses for each flow from which on the statistic is chi-squared (Cochran's rule). */
    private static final int MANY = 5;

    /** Losses up to which the distribution is drawn. */
    private static final long MOST_DRAWN = 5_000;

    private static final int ROUNDS = 2_000;

    /** Rounds as uneven as what was seen, after which its chance is known well enough. */
    private static final int ENOUGH = 100;

    private static final long SEED = 8;

    /** Equal, but for rounding. */
    private static final double ALMOST = 1 - 1e-9;

    private LossSpread() {}

    /**
     * Returns the chance of a spread at least as uneven; empty without losses or with one flow.
     *
     * <p>Losses that come in bursts on a flow count as that many fewer; a bad flow is no measure of
     * that.
     */
    static Optional<Double> chance(
            List<FlowJudge.Sample> samples, List<Optional<FlowResult.Fault>> faults) {
        double sent = 0;
        long lost = 0;
        for (int i = 0; i < samples.size(); i++) {
            sent += samples.get(i).sent();
            lost += samples.get(i).lost();
        }
        if (lost == 0 || samples.size() < 2) {
            return Optional.empty();
        }
        double burst = FlowJudge.burst(FlowJudge.good(samples, faults));
        double[] share = new double[samples.size()];
        double[] losses = new double[samples.size()];
        for (int i = 0; i < share.length; i++) {
            share[i] = samples.get(i).sent() / sent;
            losses[i] = samples.get(i).lost() / burst;
        }
        int bursts = (int) Math.min(Integer.MAX_VALUE, Math.max(1, Math.round(lost / burst)));
        double seen = statistic(losses, share, lost / burst);
        return Optional.of(
                bursts > MOST_DRAWN || bursts / share.length >= MANY
                        ? ChiSquaredDistribution.of(share.length - 1.0).survivalProbability(seen)
                        : drawn(share, bursts, seen));
    }

    private static double drawn(double[] share, int bursts, double seen) {
        double[] upTo = new double[share.length];
        double sum = 0;
        for (int i = 0; i < share.length; i++) {
            sum += share[i];
            upTo[i] = sum;
        }
        SplittableRandom random = new SplittableRandom(SEED);
        double[] counts = new double[share.length];
        int atLeast = 0;
        int rounds = 0;
        while (rounds < ROUNDS && atLeast < ENOUGH) {
            Arrays.fill(counts, 0);
            for (int i = 0; i < bursts; i++) {
                int at = Arrays.binarySearch(upTo, random.nextDouble() * sum);
                counts[Math.min(share.length - 1, at < 0 ? -at - 1 : at)]++;
            }
            atLeast += statistic(counts, share, bursts) >= seen * ALMOST ? 1 : 0;
            rounds++;
        }
        return (atLeast + 1.0) / (rounds + 1);
    }

    private static double statistic(double[] counts, double[] share, double all) {
        double sum = 0;
        for (int i = 0; i < counts.length; i++) {
            double expected = share[i] * all;
            sum += expected == 0 ? 0 : (counts[i] - expected) * (counts[i] - expected) / expected;
        }
        return sum;
    }
}
