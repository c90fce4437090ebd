package io.echo.server.admin;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.echo.server.EventStream;
import java.io.IOException;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The rows that a server has sent so far, read as a stranger to the page would read them. */
final class LiveReading {
    private static final DateTimeFormatter CLOCK =
            DateTimeFormatter.ofPattern("HH:mm:ss").withZone(ZoneId.systemDefault());
    private static final Pattern WRITTEN = Pattern.compile("([\\d,]+)(\\.\\d+)? ?([a-zA-Z]*)");
    private static final Map<String, Double> UNITS =
            Map.of("", 1.0, "us", 1e-6, "ms", 1e-3, "s", 1.0, "B", 1.0, "kB", 1e3, "MB", 1e6);

    private final List<String> names = new ArrayList<>(List.of("time", "clock"));
    private final List<long[]> rows = new ArrayList<>();
    private final JsonObject head;

    /** Reads them from the admin port. */
    LiveReading(int adminPort) throws IOException {
        try (EventStream stream = new EventStream(adminPort)) {
            head = stream.next().json();
            head.getAsJsonArray("series")
                    .forEach(one -> names.add(one.getAsJsonObject().get("name").getAsString()));
            for (EventStream.Event e = stream.next();
                    e.name().equals("message");
                    e = stream.next()) {
                rows.add(e.row());
            }
        }
    }

    int size() {
        return rows.size();
    }

    /**
     * Fails unless the figures shown at a moment are those of the second before it.
     *
     * @param moment hours, minutes and seconds; two rows may share it
     * @param rates by metric, as they are written
     * @param p99s by histogram
     */
    void assertShown(String moment, Map<String, String> rates, Map<String, String> p99s) {
        List<AssertionError> differences = new ArrayList<>();
        for (int i = 1; i < rows.size(); i++) {
            if (CLOCK.format(Instant.ofEpochMilli(rows.get(i)[0])).equals(moment)) {
                try {
                    int at = i;
                    rates.forEach((metric, text) -> assertWritten(metric, text, rate(metric, at)));
                    p99s.forEach((name, text) -> assertWritten(name, text, p99(name, at)));
                    return;
                } catch (AssertionError e) {
                    differences.add(e);
                }
            }
        }
        throw differences.isEmpty()
                ? new AssertionError("no row is of " + moment)
                : differences.get(0);
    }

    private static void assertWritten(String name, String text, OptionalDouble value) {
        if (value.isEmpty()) {
            assertThat(text).as(name).isEqualTo("–");
            return;
        }
        Matcher written = WRITTEN.matcher(text);
        assertThat(written.matches()).as("%s: %s", name, text).isTrue();
        String decimals = written.group(2) == null ? "" : written.group(2);
        double unit = UNITS.get(written.group(3));
        double lastDigit = unit * Math.pow(10, -Math.max(0, decimals.length() - 1));
        double shown = unit * Double.parseDouble(written.group(1).replace(",", "") + decimals);
        assertThat(shown)
                .as("%s: %s", name, text)
                .isBetween(
                        value.getAsDouble() - 0.51 * lastDigit,
                        value.getAsDouble() + 0.51 * lastDigit);
    }

    /** Per second, over all reasons. */
    private OptionalDouble rate(String metric, int row) {
        double sum = 0;
        for (int i = 0; i < names.size(); i++) {
            if (names.get(i).replaceFirst("\\{.*", "").equals(metric)) {
                sum += rows.get(row)[i] - rows.get(row - 1)[i];
            }
        }
        return OptionalDouble.of(sum * 1_000 / (rows.get(row)[1] - rows.get(row - 1)[1]));
    }

    /** Returns the quantile as Prometheus' histogram_quantile does. */
    private OptionalDouble p99(String histogram, int row) {
        JsonArray bounds = head.getAsJsonArray("bounds");
        List<String> histograms =
                head.getAsJsonArray("histograms").asList().stream()
                        .map(JsonElement::getAsString)
                        .toList();
        int from = names.size() + histograms.indexOf(histogram) * (bounds.size() + 1);
        double all = 0;
        for (int i = 0; i <= bounds.size(); i++) {
            all += rows.get(row)[from + i] - rows.get(row - 1)[from + i];
        }
        if (all == 0) {
            return OptionalDouble.empty();
        }
        double below = 0;
        double low = 0;
        for (int i = 0; i < bounds.size(); i++) {
            double here = rows.get(row)[from + i] - rows.get(row - 1)[from + i];
            double high = bounds.get(i).getAsDouble();
            if (below + here >= 0.99 * all) {
                return OptionalDouble.of(low + (high - low) * (0.99 * all - below) / here);
            }
            below += here;
            low = high;
        }
        return OptionalDouble.of(low);
    }
}
