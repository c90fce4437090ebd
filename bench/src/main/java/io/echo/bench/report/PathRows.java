package io.echo.bench.report;

import io.echo.client.figures.Figures;
import io.echo.client.findings.OutageEvents;
import io.echo.client.findings.SizeFindings;
import io.echo.client.flow.Paths;
import io.echo.client.flow.SizeResult;
import io.echo.client.outage.LossRun;
import io.echo.client.outage.Outages;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.stream.Collectors;

/** The rows of a table about flows and outages. */
public final class PathRows {
    private static final double NANOS_PER_MS = 1e6;
    private static final double US_PER_MS = 1e3;

    private PathRows() {}

    /**
     * Returns the rows; none about what did not happen.
     *
     * @param connections of the run: each is asked that many times less often than the service
     */
    public static List<String> of(Paths paths, long connections) {
        List<String> rows = new ArrayList<>();
        Outages outages = paths.outages();
        if (!outages.runs().isEmpty()) {
            rows.add(TextReport.row("loss runs", lengths(outages.runs())));
        }
        if (outages.count() > 0 || paths.longestFlowOutageMs() > 0) {
            String service =
                    outages.count() == 0
                            ? "none of the service"
                            : say(
                                    "%,d of the service, the longest %.1f ms",
                                    outages.count(), outages.longestNs() / NANOS_PER_MS);
            String flow =
                    paths.total() < 2
                            ? ""
                            : say("; of one flow up to %.1f ms", paths.longestFlowOutageMs());
            rows.add(TextReport.row("outages", service + flow));
            long shorter = OutageEvents.shorter(paths);
            if (shorter > 0) {
                String ones = "(of these " + OutageEvents.shorterOnes(shorter) + ")";
                rows.add(TextReport.row("", ones));
            }
            double seenUs = LossRun.shortest(paths.distanceUs());
            rows.add(
                    TextReport.row(
                            "",
                            say(
                                    "(seen from %s ms on: twice the distance of probes, on a flow"
                                            + " %s ms)",
                                    Figures.number(seenUs / US_PER_MS),
                                    Figures.number(connections * seenUs / US_PER_MS))));
        }
        if (paths.sizes().stream().anyMatch(size -> size.lost() > 0)) {
            rows.add(TextReport.row("lost by size", sizes(paths.sizes())));
        }
        if (paths.downs() > 0) {
            rows.add(
                    TextReport.row(
                            "down",
                            say(
                                    "a connection was down %,d times, the longest %.1f ms",
                                    paths.downs(), paths.longestDownMs())));
        }
        return rows;
    }

    private static String sizes(List<SizeResult> sizes) {
        return sizes.stream()
                .map(
                        size ->
                                SizeFindings.bytes(size)
                                        + " bytes "
                                        + say("%,d of %,d", size.lost(), size.sent()))
                .collect(Collectors.joining(", "));
    }

    /** Returns how often runs of each length came, in ranges that double. */
    private static String lengths(SortedMap<Long, Long> runs) {
        return LossRuns.of(runs).stream()
                .map(range -> Figures.count(range.times()) + " of " + range.lengths())
                .collect(Collectors.joining(", "));
    }

    private static String say(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }
}
