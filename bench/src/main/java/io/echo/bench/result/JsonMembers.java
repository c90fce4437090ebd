package io.echo.bench.result;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.List;
import java.util.Optional;
import java.util.stream.StreamSupport;

/** The members of an object of a result, some of which a file may lack. */
public record JsonMembers(JsonObject json) {
    /** One member; empty when it is absent or null. */
    private Optional<JsonElement> member(String name) {
        return Optional.ofNullable(json.get(name)).filter(value -> !value.isJsonNull());
    }

    /** A text, or a number as one. */
    public Optional<String> text(String name) {
        return member(name).filter(JsonElement::isJsonPrimitive).map(JsonElement::getAsString);
    }

    /** A number; NaN when there is none. */
    public double number(String name) {
        return member(name).map(JsonElement::getAsDouble).orElse(Double.NaN);
    }

    /** A whole number; 0 when there is none. */
    public long count(String name) {
        return member(name).map(JsonElement::getAsLong).orElse(0L);
    }

    public boolean is(String name) {
        return member(name).map(JsonElement::getAsBoolean).orElse(false);
    }

    /** An object; one without members when there is none. */
    public JsonMembers object(String name) {
        return new JsonMembers(
                member(name)
                        .filter(JsonElement::isJsonObject)
                        .map(JsonElement::getAsJsonObject)
                        .orElseGet(JsonObject::new));
    }

    public List<JsonMembers> objects(String name) {
        return elements(name).stream()
                .map(JsonElement::getAsJsonObject)
                .map(JsonMembers::new)
                .toList();
    }

    public List<String> texts(String name) {
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
