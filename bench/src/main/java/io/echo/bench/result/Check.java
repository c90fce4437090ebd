package io.echo.bench.result;

import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import java.util.Optional;

/**
 * One figure of a measurement against what it must be.
 *
 * @param purpose what depends on it
 * @param figure its name
 * @param flag that sets the bound; empty for a bound that is fixed
 * @param bound that the figure may reach
 * @param measured empty when there was nothing to measure
 * @param met whether the figure keeps to the bound
 * @param failure the sentence for when it does not
 */
public record Check(
        Purpose purpose,
        String figure,
        Optional<String> flag,
        Bound bound,
        Optional<Double> measured,
        boolean met,
        String failure) {
    /** What depends on a check. */
    public enum Purpose {
        /** Whether the measurement can be believed. */
        VALIDITY,
        /** Whether the service is as good as the user asks. */
        LIMIT
    }

    /**
     * How far a figure may go.
     *
     * @param most whether the value is the largest allowed, or else the smallest
     * @param unit of the figure: {@code us}, {@code 1/s}, {@code %} or {@code 1}, a count
     */
    public record Bound(boolean most, double value, String unit) {
        static Bound atMost(double value, String unit) {
            return new Bound(true, value, unit);
        }

        static Bound atLeast(double value, String unit) {
            return new Bound(false, value, unit);
        }
    }

    JsonObject toJson() {
        JsonObject json = new JsonObject();
        json.addProperty("figure", figure);
        json.addProperty("flag", flag.orElse(null));
        json.addProperty("decides", purpose == Purpose.VALIDITY ? "valid" : "limit");
        json.add(bound.most() ? "at_most" : "at_least", ResultJson.number(bound.value()));
        json.add(
                "measured",
                measured.isPresent() ? ResultJson.number(measured.get()) : JsonNull.INSTANCE);
        json.addProperty("unit", bound.unit());
        json.addProperty("met", met);
        return json;
    }
}
