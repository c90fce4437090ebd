package io.echo.bench.result;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * The members of a JSON object that was read from a file. A member that is asked for must be there
 * and of its type, so that a damaged result is never read as one with zeros; null is empty where
 * the method returns an Optional.
 *
 * @param path the names that lead to it, each with a point behind it
 */
record JsonMembers(JsonObject json, String path) {
    private static final int SHOWN = 40;

    JsonMembers(JsonObject json) {
        this(json, "");
    }

    /** Tells whether there is such a member, and it is not null. */
    boolean has(String name) {
        return json.has(name) && !json.get(name).isJsonNull();
    }

    /** Returns a member; empty when it is null. */
    private Optional<JsonElement> member(String name, String type, Predicate<JsonElement> is) {
        JsonElement value = json.get(name);
        if (value == null) {
            throw damage(path + name + " is missing");
        }
        if (value.isJsonNull()) {
            return Optional.empty();
        }
        if (!is.test(value)) {
            throw mustBe(name, type);
        }
        return Optional.of(value);
    }

    private <T> T required(String name, String type, Optional<T> value) {
        return value.orElseThrow(() -> mustBe(name, type));
    }

    private UncheckedIOException mustBe(String name, String type) {
        String text = String.valueOf(json.get(name));
        String shown = text.length() > SHOWN ? text.substring(0, SHOWN) + "..." : text;
        return damage(path + name + " must be " + type + ", got " + shown);
    }

    private static UncheckedIOException damage(String message) {
        return new UncheckedIOException(new IOException(message));
    }

    private static boolean isNumber(JsonElement value) {
        return value instanceof JsonPrimitive primitive
                && primitive.isNumber()
                && Double.isFinite(primitive.getAsDouble());
    }

    private static boolean isWhole(JsonElement value) {
        return isNumber(value)
                && value.getAsDouble() == Math.rint(value.getAsDouble())
                && value.getAsDouble() >= 0
                && value.getAsDouble() < Long.MAX_VALUE;
    }

    private static boolean isText(JsonElement value) {
        return value instanceof JsonPrimitive primitive && primitive.isString();
    }

    Optional<String> text(String name) {
        return member(name, "a text", JsonMembers::isText).map(JsonElement::getAsString);
    }

    Optional<Double> optional(String name) {
        return member(name, "a number", JsonMembers::isNumber).map(JsonElement::getAsDouble);
    }

    /** Returns a number; NaN for null, which is what was not measured. */
    double number(String name) {
        return optional(name).orElse(Double.NaN);
    }

    Optional<Long> whole(String name) {
        return member(name, "a whole number", JsonMembers::isWhole).map(JsonElement::getAsLong);
    }

    /** Returns a whole number, which may not be null. */
    long count(String name) {
        return required(name, "a whole number", whole(name));
    }

    /** Returns a whole number that may be below zero, which may not be null. */
    long change(String name) {
        double value = required(name, "a whole number", optional(name));
        if (value != Math.rint(value)) {
            throw mustBe(name, "a whole number");
        }
        return (long) value;
    }

    /** Returns a truth, which may not be null. */
    boolean is(String name) {
        return required(
                name,
                "true or false",
                member(
                                name,
                                "true or false",
                                value ->
                                        value instanceof JsonPrimitive primitive
                                                && primitive.isBoolean())
                        .map(JsonElement::getAsBoolean));
    }

    Optional<JsonMembers> members(String name) {
        return member(name, "an object", JsonElement::isJsonObject)
                .map(value -> new JsonMembers(value.getAsJsonObject(), path + name + "."));
    }

    /** Returns an object, which may not be null. */
    JsonMembers object(String name) {
        return required(name, "an object", members(name));
    }

    List<JsonMembers> objects(String name) {
        List<JsonMembers> objects = new ArrayList<>();
        for (JsonElement element : array(name, "objects", JsonElement::isJsonObject)) {
            String place = path + name + "[" + objects.size() + "].";
            objects.add(new JsonMembers(element.getAsJsonObject(), place));
        }
        return objects;
    }

    List<String> texts(String name) {
        List<String> texts = new ArrayList<>();
        array(name, "texts", JsonMembers::isText).forEach(text -> texts.add(text.getAsString()));
        return texts;
    }

    private JsonArray array(String name, String elements, Predicate<JsonElement> is) {
        String type = "a list of " + elements;
        Predicate<JsonElement> isList =
                value ->
                        value.isJsonArray()
                                && value.getAsJsonArray().asList().stream().allMatch(is);
        return required(name, type, member(name, type, isList)).getAsJsonArray();
    }
}
