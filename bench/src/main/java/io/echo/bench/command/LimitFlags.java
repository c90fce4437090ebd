package io.echo.bench.command;

import io.echo.bench.load.LoadConfig;
import io.echo.bench.verdict.PassCriteria;
import io.echo.cli.FlagValues;
import io.echo.client.probe.Rate;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Flags of the limits that a measurement must meet. */
final class LimitFlags {
    static final String HEADING = "%nLimits:%n";

    @Option(
            names = "--max-p99",
            paramLabel = "TIME",
            description =
                    "Exit 3 unless 99 %% of the probes sent came back this soon; with a unit: 5ms.")
    private Optional<String> maxP99 = Optional.empty();

    @Option(
            names = "--max-p99.9",
            paramLabel = "TIME",
            description = "Exit 3 unless 99.9 %% of them did; with a unit.")
    private Optional<String> maxP999 = Optional.empty();

    @Option(
            names = "--max-loss",
            paramLabel = "PERCENT",
            description = "Exit 3 when a larger part is lost, as in 0.1%%.")
    private Optional<String> maxLoss = Optional.empty();

    @Option(
            names = "--max-flow-loss",
            paramLabel = "PERCENT",
            description = "Exit 3 when one flow loses a larger part, as in 5%%.")
    private Optional<String> maxFlowLoss = Optional.empty();

    @Option(
            names = "--max-outage",
            paramLabel = "TIME",
            description =
                    "Exit 3 when nothing is answered for longer, by the service or on a flow that"
                            + " is not dead; with a unit.")
    private Optional<String> maxOutage = Optional.empty();

    @Option(
            names = "--min-rate",
            paramLabel = "RATE",
            description = "Exit 3 when fewer replies come a second.")
    private Optional<String> minRate = Optional.empty();

    @Option(
            names = "--max-lateness",
            paramLabel = "TIME",
            defaultValue = LoadConfig.DEFAULT_MAX_LATENESS_MS + "ms",
            description =
                    "Exit 4, not valid, when p99 of send lateness is higher; with a unit. Default:"
                            + " ${DEFAULT-VALUE}.")
    private String maxLateness;

    /** Returns the flags as a value. */
    PassCriteria limits() {
        return new PassCriteria(
                maxP99.map(text -> FlagValues.durationWithUnit("--max-p99", text)),
                maxP999.map(text -> FlagValues.durationWithUnit("--max-p99.9", text)),
                maxLoss.map(text -> FlagValues.percentage("--max-loss", text)),
                maxFlowLoss.map(text -> FlagValues.percentage("--max-flow-loss", text)),
                maxOutage.map(text -> FlagValues.durationWithUnit("--max-outage", text)),
                minRate.map(text -> Rate.parse("--min-rate", text)),
                FlagValues.durationWithUnit("--max-lateness", maxLateness));
    }
}
