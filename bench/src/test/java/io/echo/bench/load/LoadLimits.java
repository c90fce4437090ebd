package io.echo.bench.load;

import io.echo.bench.verdict.PassCriteria;
import java.time.Duration;
import java.util.Optional;

/** Limits of one kind alone. */
final class LoadLimits {
    private LoadLimits() {}

    static PassCriteria flowLoss(double fraction) {
        return new PassCriteria(
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.of(fraction),
                Optional.empty(),
                Optional.empty(),
                LoadConfig.DEFAULT_MAX_LATENESS);
    }

    static PassCriteria outage(Duration longest) {
        return new PassCriteria(
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.of(longest),
                Optional.empty(),
                LoadConfig.DEFAULT_MAX_LATENESS);
    }
}
