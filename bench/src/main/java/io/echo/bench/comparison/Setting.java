package io.echo.bench.comparison;

import io.echo.bench.result.Result;
import io.echo.client.figures.Figures;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;

/** One of the settings of a run that decide what its figures mean. */
public enum Setting {
    TARGET("target", Result::target),
    SIZE("size", result -> Figures.plain(result.phase().sizeBytes()) + " bytes"),
    LOOP("loop", Setting::loop),
    TIMEOUT(
            "timeout",
            result -> result.generator().timeoutS().map(s -> Figures.plain(s) + " s").orElse("-")),
    RATE(
            "rate",
            result -> result.phase().rateRequested().map(r -> Figures.plain(r) + "/s").orElse("-")),
    CONNECTIONS("connections", result -> String.valueOf(result.phase().connections())),
    TRANSPORT("transport", result -> result.transport().orElse("-")),
    WARM_UP(
            "warm-up",
            result -> result.phase().warmupS().map(s -> Figures.plain(s) + " s").orElse("-"));

    /** The settings that generators have in common whose results are one; the others add up. */
    public static final Set<Setting> OF_A_SUM = EnumSet.of(TARGET, SIZE, LOOP, TIMEOUT);

    /** The settings that sides have in common if only what they measured differs. */
    static final Set<Setting> OF_SIDES = EnumSet.complementOf(EnumSet.of(TARGET));

    private final String text;
    private final Function<Result, String> value;

    Setting(String text, Function<Result, String> value) {
        this.text = text;
        this.value = value;
    }

    /** Returns the settings that are not the same in all results, with their values. */
    public static Optional<String> differences(List<Result> results, Set<Setting> settings) {
        String all =
                settings.stream()
                        .filter(setting -> setting.values(results).size() > 1)
                        .map(setting -> setting.text + " (" + setting.joined(results) + ")")
                        .collect(Collectors.joining(", "));
        return all.isEmpty() ? Optional.empty() : Optional.of(all);
    }

    /** Returns the settings that are not the same on both sides, with the values of each. */
    static Optional<String> differences(List<Result> a, List<Result> b) {
        String all =
                OF_SIDES.stream()
                        .filter(setting -> !setting.values(a).equals(setting.values(b)))
                        .map(s -> s.text + " (" + s.joined(a) + ", " + s.joined(b) + ")")
                        .collect(Collectors.joining(", "));
        return all.isEmpty() ? Optional.empty() : Optional.of(all);
    }

    private Set<String> values(List<Result> results) {
        return results.stream().map(value).collect(Collectors.toCollection(TreeSet::new));
    }

    private String joined(List<Result> results) {
        return String.join(" and ", values(results));
    }

    private static String loop(Result result) {
        if (result.phase().rateRequested().isPresent()) {
            return "open";
        }
        Result.Generator generator = result.generator();
        return "window "
                + generator.window().map(String::valueOf).orElse("not the same")
                + generator.train().filter(n -> n > 1).map(n -> ", train " + n).orElse("");
    }
}
