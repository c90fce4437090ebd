package io.echo.bench.comparison;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import io.echo.bench.result.ResultJson;
import io.echo.bench.statistics.Design;

/** The JSON object of a {@link Comparison}. What is not known, or has no bound, is null. */
public final class ComparisonJson {
    private ComparisonJson() {}

    /**
     * Writes a comparison.
     *
     * @param interrupted whether it has fewer rounds than were asked for
     * @param command the line that makes it again
     */
    public static JsonObject of(Comparison comparison, boolean interrupted, String command) {
        JsonObject json = new JsonObject();
        json.addProperty("schema", ResultJson.SCHEMA);
        json.add("a", of(comparison.a()));
        json.add("b", of(comparison.b()));
        json.addProperty("paired", comparison.design() == Design.PAIRS);
        json.addProperty("interrupted", interrupted);
        json.addProperty("worse", comparison.worse());
        JsonArray warnings = new JsonArray();
        comparison.warnings().forEach(warnings::add);
        json.add("warnings", warnings);
        JsonArray figures = new JsonArray();
        comparison.figures().forEach(figure -> figures.add(of(figure)));
        json.add("figures", figures);
        json.addProperty("command", command);
        return json;
    }

    private static JsonObject of(Comparison.Side side) {
        JsonObject json = new JsonObject();
        json.addProperty("name", side.name());
        json.addProperty("runs", side.runs().size());
        json.addProperty("invalid", side.invalid());
        return json;
    }

    private static JsonObject of(Comparison.Figure figure) {
        JsonObject json = new JsonObject();
        json.addProperty("figure", figure.key());
        json.addProperty("unit", ResultJson.name(figure.unit()));
        json.add("a", ResultJson.number(figure.before()));
        json.add("b", ResultJson.number(figure.after()));
        json.add("ratio", bounded(figure.ratio().estimate()));
        json.add("ratio_low", bounded(figure.ratio().low()));
        json.add("ratio_high", bounded(figure.ratio().high()));
        json.addProperty("judged", figure.difference().isPresent());
        json.add(
                "p_adjusted",
                figure.difference()
                        .flatMap(Comparison.Difference::p)
                        .<JsonElement>map(JsonPrimitive::new)
                        .orElse(JsonNull.INSTANCE));
        json.addProperty("differs", figure.differs());
        json.addProperty("worse", figure.worse());
        return json;
    }

    private static JsonElement bounded(double value) {
        return Double.isInfinite(value) ? JsonNull.INSTANCE : ResultJson.number(value);
    }
}
