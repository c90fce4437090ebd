package io.echo.bench;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.List;
import java.util.Optional;
import java.util.stream.StreamSupport;

/** The members of an object of a result, some of which a file may lack. */
record Members(JsonObject json) {
    /** One member; empty when it is absent or null. */
    private Optional<JsonElement> member(String name) {
        return Optional.ofNullable(json.get(name)).filter(value -> !value.isJsonNull());
    }

    /** A text, or a number as one. */
    Optional<String> text(String name) {
        return member(name).filter(JsonElement::isJsonPrimitive).map(JsonElement::getAsString);
    }

    /** A number; NaN when there is none. */
    double number(String name) {
        return member(name).map(JsonElement::getAsDouble).orElse(Double.NaN);
    }

    /** A whole number; 0 when there is none. */
    long count(String name) {
        return member(name).map(JsonElement::getAsLong).orElse(0L);
    }

    boolean is(String name) {
        return member(name).map(JsonElement::getAsBoolean).orElse(false);
    }

    /** An object; one without members when there is none. */
    Members object(String name) {
        return new Members(
                member(name)
                        .filter(JsonElement::isJsonObject)
                        .map(JsonElement::getAsJsonObject)
                        .orElseGet(JsonObject::new));
    }

    List<Members> objects(String name) {
        return elements(name).stream().map(JsonElement::getAsJsonObject).map(Members::new).toList();
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
