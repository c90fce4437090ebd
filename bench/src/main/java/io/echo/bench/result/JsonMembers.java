package io.echo.bench.result;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.List;
import java.util.Optional;
import java.util.stream.StreamSupport;

/** The members of a JSON object that was read from a file and may lack some of them. */
record JsonMembers(JsonObject json) {
    /** Returns a member; empty when it is absent or null. */
    private Optional<JsonElement> member(String name) {
        return Optional.ofNullable(json.get(name)).filter(value -> !value.isJsonNull());
    }

    boolean has(String name) {
        return member(name).isPresent();
    }

    /** Returns a text, or a number as one. */
    Optional<String> text(String name) {
        return member(name).filter(JsonElement::isJsonPrimitive).map(JsonElement::getAsString);
    }

    Optional<Double> optional(String name) {
        return member(name).map(JsonElement::getAsDouble);
    }

    /** Returns a number; NaN when there is none. */
    double number(String name) {
        return optional(name).orElse(Double.NaN);
    }

    Optional<Long> whole(String name) {
        return member(name).map(JsonElement::getAsLong);
    }

    /** Returns a whole number; 0 when there is none. */
    long count(String name) {
        return whole(name).orElse(0L);
    }

    boolean is(String name) {
        return member(name).map(JsonElement::getAsBoolean).orElse(false);
    }

    /** Returns an object; one without members when there is none. */
    JsonMembers object(String name) {
        return new JsonMembers(
                member(name)
                        .filter(JsonElement::isJsonObject)
                        .map(JsonElement::getAsJsonObject)
                        .orElseGet(JsonObject::new));
    }

    List<JsonMembers> objects(String name) {
        return elements(name).stream()
                .map(JsonElement::getAsJsonObject)
                .map(JsonMembers::new)
                .toList();
    }

    List<String> texts(String name) {
        return elements(name).stream().map(JsonElement::getAsString).toList();
    }

    private List<JsonElement> elements(String name) {
        return member(name)
                .filter(JsonElement::isJsonArray)
                .map(array -> StreamSupport.stream(array.getAsJsonArray().spliterator(), false))
                .map(stream -> stream.toList())
                .orElse(List.of());
    }
}
