package io.echo.bench.verdict;

import io.echo.client.figures.Unit;
import java.util.Arrays;
import java.util.Optional;

/**
 * One figure of a measurement, its bound, and the outcome.
 *
 * @param kind empty for a check that this version does not know, in a file of another version
 * @param purpose consequence of a failure
 * @param figure name of the figure
 * @param flag that sets the bound; empty for a bound that is fixed
 * @param bound that the figure may reach
 * @param measured empty when there was nothing to measure
 * @param met whether the figure keeps to the bound
 */
public record Check(
        Optional<Kind> kind,
        Purpose purpose,
        String figure,
        Optional<String> flag,
        Bound bound,
        Optional<Double> measured,
        boolean met) {
    /** The consequence of a check that fails. */
    public enum Purpose {
        /** The measurement cannot be believed. */
        VALIDITY("valid"),
        /** The service did not answer, or hung up. */
        SERVICE("service"),
        /** The service is not as good as the user asks. */
        LIMIT("limit");

        private final String word;

        Purpose(String word) {
            this.word = word;
        }

        /** Returns the word for it in a result: {@code valid}, {@code service}, {@code limit}. */
        public String word() {
            return word;
        }

        /** Finds the purpose of a check that was read from a file. */
        public static Purpose named(String word) {
            return Arrays.stream(values())
                    .filter(purpose -> purpose.word.equals(word))
                    .findFirst()
                    .orElse(LIMIT);
        }
    }

    /** The figures that are checked. */
    public enum Kind {
        SENT(Purpose.VALIDITY, "probes sent"),
        RATE(Purpose.VALIDITY, "rate kept"),
        LATENESS(Purpose.VALIDITY, "p99 of send lateness", "--max-lateness"),
        CORRUPTED(Purpose.VALIDITY, "corrupted replies"),
        ANSWERED(Purpose.SERVICE, "probes answered"),
        DOWN(Purpose.SERVICE, "time without a connection"),
        P99(Purpose.LIMIT, "p99 of what was sent", "--max-p99"),
        P999(Purpose.LIMIT, "p99.9 of what was sent", "--max-p99.9"),
        LOSS(Purpose.LIMIT, "loss", "--max-loss"),
        FLOW_LOSS(Purpose.LIMIT, "loss of a flow", "--max-flow-loss"),
        OUTAGE(Purpose.LIMIT, "longest outage", "--max-outage"),
        REPLIES(Purpose.LIMIT, "replies", "--min-rate");

        private final Purpose purpose;
        private final String figure;
        private final Optional<String> flag;

        Kind(Purpose purpose, String figure) {
            this(purpose, figure, Optional.empty());
        }

        Kind(Purpose purpose, String figure, String flag) {
            this(purpose, figure, Optional.of(flag));
        }

        Kind(Purpose purpose, String figure, Optional<String> flag) {
            this.purpose = purpose;
            this.figure = figure;
            this.flag = flag;
        }

        /** Returns the name of the figure. */
        public String figure() {
            return figure;
        }

        /** Finds the kind of a check that was read from a file. */
        public static Optional<Kind> named(String figure) {
            return Arrays.stream(values()).filter(kind -> kind.figure.equals(figure)).findFirst();
        }
    }

    /**
     * The largest or the smallest value that a figure may have.
     *
     * @param most whether the value is the largest, or else the smallest
     */
    public record Bound(boolean most, double value, Unit unit) {
        static Bound atMost(double value, Unit unit) {
            return new Bound(true, value, unit);
        }

        static Bound atLeast(double value, Unit unit) {
            return new Bound(false, value, unit);
        }
    }

    static Check of(Kind kind, Bound bound, Optional<Double> measured, boolean met) {
        return of(kind, kind.purpose, bound, measured, met);
    }

    static Check of(
            Kind kind, Purpose purpose, Bound bound, Optional<Double> measured, boolean met) {
        return new Check(Optional.of(kind), purpose, kind.figure, kind.flag, bound, measured, met);
    }

    /** Tells whether it is a check of this kind. */
    public boolean is(Kind other) {
        return kind.filter(other::equals).isPresent();
    }
}
