package io.echo.bench.command;

import io.echo.bench.load.LoadConfig;
import io.echo.cli.FlagValues;
import io.echo.client.probe.Rate;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Flags of the pace: open or closed loop. */
final class PaceFlags {
    @Option(
            names = "--rate",
            paramLabel = "RATE",
            description = "Open loop: this many probes a second, all connections together.")
    private Optional<String> rate = Optional.empty();

    @Option(
            names = "--window",
            paramLabel = "N",
            description =
                    "Closed loop: this many in flight on each connection. Default, without"
                            + " --rate: "
                            + LoadConfig.DEFAULT_WINDOW
                            + ".")
    private Optional<String> window = Optional.empty();

    @Option(
            names = "--train",
            paramLabel = "N",
            description =
                    "Closed loop over UDP on epoll: this many datagrams of one size leave as"
                            + " one segmented send. Default: "
                            + LoadConfig.DEFAULT_TRAIN
                            + ", each by itself.")
    private Optional<String> train = Optional.empty();

    /** Returns the flags as a value. */
    LoadConfig.Load load() {
        if (rate.isPresent() && window.isPresent()) {
            throw new IllegalArgumentException("give --rate or --window, not both");
        }
        if (rate.isPresent() && train.isPresent()) {
            throw new IllegalArgumentException("--train works with --window, not with --rate");
        }
        if (rate.isPresent()) {
            return new LoadConfig.Load.Open(Rate.parse("--rate", rate.get()));
        }
        return new LoadConfig.Load.Closed(
                window.map(
                                text ->
                                        (int)
                                                FlagValues.count(
                                                        "--window",
                                                        text,
                                                        1,
                                                        LoadConfig.Load.Closed.MAX_WINDOW))
                        .orElse(LoadConfig.DEFAULT_WINDOW),
                train.map(PaceFlags::train).orElse(LoadConfig.DEFAULT_TRAIN));
    }

    private static int train(String text) {
        return (int) FlagValues.count("--train", text, 1, LoadConfig.Load.Closed.LONGEST_TRAIN);
    }
}
