package io.echo.server.fault.fate;

import io.echo.server.config.FaultProfile;
import java.util.SplittableRandom;

/** Delays, one after the other. Confined to one thread. */
public final class Delays {
    /** Exponent of the Pareto distribution: its mean exists, and its tail is long. */
    private static final double PARETO_SHAPE = 3;

    private final FaultProfile.Delay asked;
    private final SplittableRandom random;

    Delays(FaultProfile.Delay asked, SplittableRandom random) {
        this.asked = asked;
        this.random = random;
    }

    /** Draws the next one, in nanoseconds; 0 or more. */
    public long nextNs() {
        double jitter =
                switch (asked.shape()) {
                    case NORMAL -> random.nextGaussian();
                    case UNIFORM -> random.nextDouble(-1, 1);
                    case PARETO -> pareto(random.nextDouble());
                };
        return Math.max(0, asked.time().toNanos() + (long) (jitter * asked.jitter().toNanos()));
    }

    /** Returns a draw of a Pareto distribution that starts at 0 and has the mean 1. */
    private static double pareto(double uniform) {
        return (Math.pow(1 - uniform, -1 / PARETO_SHAPE) - 1) * (PARETO_SHAPE - 1);
    }
}
