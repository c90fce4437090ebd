package io.echo.client.flow;

import java.util.List;
import java.util.Optional;

/**
 * The fate of the probes of one size, or of neighbouring sizes where there are many.
 *
 * @param fromBytes the smallest of them
 * @param toBytes the largest of them
 * @param sent measured probes
 * @param lost those of them that were not received
 * @param fault {@link FlowResult.Fault#DEAD} if none came back and others did, {@link
 *     FlowResult.Fault#LOSSY} if they lose more than the others; empty for one like the others
 */
public record SizeResult(
        int fromBytes, int toBytes, long sent, long lost, Optional<FlowResult.Fault> fault) {
    /** Adds up the probes of some sizes; none of them is a fault of the sum. */
    public static SizeResult sum(List<SizeResult> sizes) {
        return new SizeResult(
                sizes.stream().mapToInt(SizeResult::fromBytes).min().orElse(0),
                sizes.stream().mapToInt(SizeResult::toBytes).max().orElse(0),
                sizes.stream().mapToLong(SizeResult::sent).sum(),
                sizes.stream().mapToLong(SizeResult::lost).sum(),
                Optional.empty());
    }

    /** Tells whether its losses are for its size. */
    public boolean bad() {
        return fault.isPresent();
    }

    /** Returns the part that was lost, from 0 to 1. */
    public double loss() {
        return sent == 0 ? 0 : (double) lost / sent;
    }
}
