package io.echo.client.command;

import io.echo.cli.FlagValues;
import io.echo.client.ping.PingLimits;
import java.util.Optional;
import picocli.CommandLine.Option;

/** The flags of the limits that a ping must meet. */
final class PingLimitFlags {
    static final String HEADING = "%nLimits (losses within them are no failure):%n";

    @Option(
            names = "--max-outage",
            paramLabel = "TIME",
            description =
                    "Exit 3 when nothing is answered for longer, in all or on a port; with a unit:"
                            + " 200ms.")
    private Optional<String> maxOutage = Optional.empty();

    @Option(
            names = "--max-flow-loss",
            paramLabel = "PERCENT",
            description = "Exit 3 when one port loses a larger part, as in 5%%.")
    private Optional<String> maxFlowLoss = Optional.empty();

    /** Returns the flags as values. */
    PingLimits limits() {
        return new PingLimits(
                maxOutage.map(text -> FlagValues.durationWithUnit("--max-outage", text)),
                maxFlowLoss.map(text -> FlagValues.percentage("--max-flow-loss", text)));
    }
}
