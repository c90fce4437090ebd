package io.echo.client.ping;

import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import io.echo.cli.Terminal;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * The fate of a probe of {@code ping}, as soon as it is known: a line, as text or as JSON.
 *
 * <p>A probe may have several, such as lost and then late.
 *
 * @param sequence in the order of sending, from 0; empty for what came and answers nothing
 * @param port local port of its flow; empty where all probes have the same
 * @param sentAt empty for what answers nothing, and for a probe of long ago
 * @param bytes of what came; of the probe when nothing did
 * @param roundTripNs -1 when it is not known
 * @param reordered an intact first reply, after one to a later probe of its flow
 * @param reason why there is no reply, or why it is foreign; empty for others
 */
public record ProbeFate(
        Outcome outcome,
        OptionalLong sequence,
        OptionalInt port,
        Optional<Instant> sentAt,
        int bytes,
        long roundTripNs,
        boolean reordered,
        String reason) {
    /** The kinds of fates. */
    enum Outcome {
        /** Came back intact within the timeout. */
        RECEIVED,
        /** Came back intact after the timeout. */
        LATE,
        /** Did not come back within the timeout. */
        LOST,
        /** Came back intact once more. */
        DUPLICATED,
        /** Came back intact within the timeout, after a later one. */
        REORDERED,
        /** Came back, not as it was sent. */
        CORRUPTED,
        /** Answers no probe. */
        FOREIGN,
        /** Was not sent, or not taken, for the reason given. */
        REFUSED;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private static final double NANOS_PER_MILLI = 1e6;
    private static final double NANOS_PER_MICRO = 1e3;

    /**
     * Writes a line of each kind to nowhere, so that the JVM has loaded what the first one takes.
     */
    public static void warmUp(Terminal terminal) {
        ProbeFate some =
                new ProbeFate(
                        Outcome.RECEIVED,
                        OptionalLong.of(0),
                        OptionalInt.of(1),
                        Optional.of(Instant.now()),
                        1,
                        1,
                        false,
                        "");
        some.toText(terminal);
        some.toJson().toString();
    }

    /** Returns the line for people: {@code seq=0 bytes=64 time=0.213 ms}. */
    public String toText(Terminal terminal) {
        StringBuilder line = new StringBuilder();
        sequence.ifPresent(number -> line.append("seq=").append(number).append(' '));
        port.ifPresent(number -> line.append("port=").append(number).append(' '));
        if (outcome == Outcome.LOST || outcome == Outcome.REFUSED) {
            return line.append(terminal.bad(reason)).toString();
        }
        line.append("bytes=").append(bytes);
        if (roundTripNs >= 0) {
            line.append(String.format(Locale.ROOT, " time=%.3f ms", roundTripNs / NANOS_PER_MILLI));
        }
        String words = words();
        return (words.isEmpty() ? line : line.append(' ').append(terminal.bad(words))).toString();
    }

    private String words() {
        return switch (outcome) {
            case RECEIVED -> "";
            case FOREIGN -> outcome + ": " + reason;
            case LATE -> reordered ? outcome + " " + Outcome.REORDERED : outcome.toString();
            default -> outcome.toString();
        };
    }

    /** Returns the line of {@code --json-stream}. */
    public JsonObject toJson() {
        JsonObject object = new JsonObject();
        object.add(
                "seq",
                sequence.isPresent() ? new JsonPrimitive(sequence.getAsLong()) : JsonNull.INSTANCE);
        port.ifPresent(number -> object.addProperty("port", number));
        object.addProperty(
                "sent_at",
                sentAt.map(time -> time.truncatedTo(ChronoUnit.MICROS).toString()).orElse(null));
        object.addProperty("bytes", bytes);
        object.add(
                "time_us",
                roundTripNs < 0
                        ? JsonNull.INSTANCE
                        : new JsonPrimitive(roundTripNs / NANOS_PER_MICRO));
        object.addProperty("outcome", outcome.toString());
        if (outcome == Outcome.REFUSED) {
            object.addProperty("reason", reason);
        }
        return object;
    }
}
