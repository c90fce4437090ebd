package io.echo.bench.report;

import com.google.gson.stream.JsonWriter;
import java.io.IOException;
import java.util.List;
import java.util.Locale;

/**
 * Columns of numbers, and the way to draw them.
 *
 * @param id that no other chart of the page has
 * @param title its contents in words, for readers who do not see it
 * @param group charts of one group share their cursor and their zoom; empty for none
 * @param x the axis of all series
 * @param places values on that axis, in ascending order
 * @param series one line each
 * @param marks further lines and points in the picture
 * @param states of each place, if they differ: drawn as shapes on the series that is {@code marked}
 * @param spans parts of the x axis that are shaded
 */
public record Chart(
        String id,
        String title,
        String group,
        Axis x,
        double[] places,
        Axis y,
        List<Series> series,
        List<Mark> marks,
        List<State> states,
        List<Span> spans)
        implements Plot {
    /** The meaning of a number. */
    public enum Unit {
        /** Microseconds. */
        US,
        /** Seconds since the start. */
        S,
        /** Probes per second. */
        RATE,
        COUNT,
        PERCENT,
        /**
         * Number of nines of a percentile: 2 for 99 %; each further nine is at the same distance.
         */
        NINES
    }

    /** The look of a series; never a matter of colour alone. */
    public enum Look {
        ONE,
        TWO,
        /** Like the second, with the room up to the line before it tinted. */
        TWO_FILLED,
        THREE,
        EXTREME,
        /** Like the first two, of a single run among several. */
        ONE_RUN,
        TWO_RUN,
        BARS
    }

    /** The outcome at a place. */
    public enum State {
        GOOD,
        MISSED,
        INVALID
    }

    /**
     * An axis.
     *
     * @param name of the quantity
     * @param logarithmic whether equal factors have equal distances
     */
    public record Axis(String name, Unit unit, boolean logarithmic) {}

    /**
     * A line, with a number for each place; NaN where there is none.
     *
     * @param marked whether the states are drawn on it
     */
    public record Series(String name, Look look, double[] values, boolean marked) {
        /** Makes a line without shapes on it. */
        public Series(String name, Look look, double[] values) {
            this(name, look, values, false);
        }
    }

    /**
     * A line across the picture at a value of one axis, or a point with values of both.
     *
     * @param x NaN for a line from side to side
     * @param y NaN for a line from top to bottom
     */
    public record Mark(double x, double y, String label) {}

    /**
     * A part of the x axis.
     *
     * @param label few words about it
     */
    public record Span(double from, double to, String label) {}

    /** Makes a chart without spans. */
    public Chart(
            String id,
            String title,
            String group,
            Axis x,
            double[] places,
            Axis y,
            List<Series> series,
            List<Mark> marks,
            List<State> states) {
        this(id, title, group, x, places, y, series, marks, states, List.of());
    }

    /** Makes a chart without states. */
    public Chart(
            String id,
            String title,
            String group,
            Axis x,
            double[] places,
            Axis y,
            List<Series> series,
            List<Mark> marks) {
        this(id, title, group, x, places, y, series, marks, List.of());
    }

    @Override
    public void write(JsonWriter json) throws IOException {
        json.beginObject().name("id").value(id).name("title").value(title);
        json.name("group").value(group);
        json.name("x");
        write(json, x);
        json.name("y");
        write(json, y);
        json.name("places");
        write(json, places);
        json.name("series").beginArray();
        for (Series one : series) {
            json.beginObject().name("name").value(one.name()).name("look").value(name(one.look()));
            json.name("marked").value(one.marked()).name("values");
            write(json, one.values());
            json.endObject();
        }
        json.endArray().name("marks").beginArray();
        for (Mark mark : marks) {
            json.beginObject().name("label").value(mark.label()).name("x");
            write(json, mark.x());
            json.name("y");
            write(json, mark.y());
            json.endObject();
        }
        json.endArray().name("states").beginArray();
        for (State state : states) {
            json.value(name(state));
        }
        json.endArray().name("spans").beginArray();
        for (Span span : spans) {
            json.beginObject().name("label").value(span.label());
            json.name("from").value(span.from()).name("to").value(span.to()).endObject();
        }
        json.endArray().endObject();
    }

    private static void write(JsonWriter json, Axis axis) throws IOException {
        json.beginObject().name("name").value(axis.name()).name("unit").value(name(axis.unit()));
        json.name("logarithmic").value(axis.logarithmic()).endObject();
    }

    private static void write(JsonWriter json, double[] values) throws IOException {
        json.beginArray();
        for (double value : values) {
            write(json, value);
        }
        json.endArray();
    }

    private static void write(JsonWriter json, double value) throws IOException {
        if (Double.isNaN(value)) {
            json.nullValue();
        } else if (value == Math.rint(value) && Math.abs(value) < 1e15) {
            json.value((long) value);
        } else {
            json.value(value);
        }
    }

    private static String name(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }
}
