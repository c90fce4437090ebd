package io.echo.server.config;

import io.echo.cli.FlagValues;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The faults that shall happen, and how often. Immutable; the constructors check the values.
 *
 * @param seed the same one gives the same fates
 */
public record FaultProfile(Datagrams datagrams, Connections connections, long seed) {
    /** No faults at all. */
    public static final FaultProfile NONE = new FaultProfile(Datagrams.NONE, Connections.NONE, 0);

    /** Most bytes a second of a rate: faster than any line, and a double counts them exactly. */
    static final long MOST_PER_SECOND = 1_000_000_000_000L;

    /** Most bytes of a connection after which it is reset. */
    static final long MOST_BYTES = 1_000_000_000_000_000L;

    static final String RATES = "from 1/s to 1000000000000/s";

    /**
     * Reads a profile as {@code --fault} does: members, separated by commas, each once, in any
     * order.
     *
     * <p>{@code loss=P% burst=ON/EVERY delay=TIME jitter=TIME[:normal|uniform|pareto] duplicate=P%
     * reorder=P%/N corrupt=P% truncate=P%/BYTES rate=BYTES/s}, of TCP {@code stall=TIME/EVERY
     * reset-after=BYTES half-close slow-read=BYTES/s split=MIN..MAX}, and {@code seed=N}. Without a
     * seed one is drawn. Jitter without a delay is around 0, uniform without a shape.
     *
     * @throws IllegalArgumentException with one line: what a member must be, and what was given
     */
    public static FaultProfile parse(String text) {
        return FaultProfileText.parse(text);
    }

    /** Writes the profile as {@link #parse} reads it, with its seed. */
    @Override
    public String toString() {
        return FaultProfileText.of(this);
    }

    /**
     * Faults of datagrams, in the order in which they are drawn. Shares are from 0 to 1.
     *
     * @param burst times in which everything is lost
     * @param loss share that is lost
     * @param corrupt share in which one bit is flipped
     * @param duplicate share that is sent twice
     * @param rate bytes per second that the line carries
     */
    public record Datagrams(
            Optional<Burst> burst,
            double loss,
            double corrupt,
            Optional<Truncation> truncate,
            double duplicate,
            Optional<Reordering> reorder,
            Optional<Delay> delay,
            OptionalLong rate) {
        public static final Datagrams NONE =
                new Datagrams(
                        Optional.empty(),
                        0,
                        0,
                        Optional.empty(),
                        0,
                        Optional.empty(),
                        Optional.empty(),
                        OptionalLong.empty());

        public Datagrams {
            FaultValues.requireShare("loss", loss);
            FaultValues.requireShare("corrupt", corrupt);
            FaultValues.requireShare("duplicate", duplicate);
            FaultValues.requireRate("rate", rate);
        }
    }

    /** Everything is lost for a time, at the start of each period. */
    public record Burst(Duration on, Duration every) {
        public Burst {
            FaultValues.requireWithin("burst", on, every);
        }
    }

    /**
     * A share is cut.
     *
     * @param bytes the length that is left; shorter datagrams are as they were
     */
    public record Truncation(double share, int bytes) {
        /** Longest payload of UDP, over IPv6. */
        static final int MOST_BYTES = 65_527;

        public Truncation {
            FaultValues.requireShare("truncate", share);
            FlagValues.requireRange("truncate", bytes, 0, MOST_BYTES);
        }
    }

    /**
     * A share is overtaken.
     *
     * @param behind the number of later datagrams that leave before it
     */
    public record Reordering(double share, int behind) {
        /** More than leave while one may wait; it is a bound against typing errors. */
        static final int MOST_BEHIND = 10_000;

        public Reordering {
            FaultValues.requireShare("reorder", share);
            FlagValues.requireRange("reorder", behind, 1, MOST_BEHIND);
        }
    }

    /** The distribution of the jitter. */
    public enum Shape {
        /** Bell-shaped; jitter is the standard deviation. */
        NORMAL,
        /** As often early as late, by at most the jitter. */
        UNIFORM,
        /** Never early, rarely very late; jitter is the mean. */
        PARETO
    }

    /** Everything is delayed, by at most an hour and its jitter. A draw below zero is no delay. */
    public record Delay(Duration time, Duration jitter, Shape shape) {
        /** Longer than any timeout; the rarest draw of {@link Shape#PARETO} still fits a long. */
        static final Duration LONGEST = Duration.ofHours(1);

        public Delay {
            FaultValues.requireTime("delay", time);
            FaultValues.requireTime("jitter", jitter);
        }
    }

    /**
     * Faults of TCP connections.
     *
     * @param resetAfter bytes sent back after which the connection is reset
     * @param halfClose whether it finishes sending first, early, and reads on
     * @param slowRead bytes per second that are read
     */
    public record Connections(
            Optional<Stall> stall,
            OptionalLong resetAfter,
            boolean halfClose,
            OptionalLong slowRead,
            Optional<Split> split) {
        public static final Connections NONE =
                new Connections(
                        Optional.empty(),
                        OptionalLong.empty(),
                        false,
                        OptionalLong.empty(),
                        Optional.empty());

        public Connections {
            resetAfter.ifPresent(
                    bytes ->
                            FlagValues.requireRange(
                                    "reset-after", bytes, 0, FaultProfile.MOST_BYTES));
            FaultValues.requireRate("slow-read", slowRead);
        }
    }

    /** Nothing is read or sent for a time, once in each period. */
    public record Stall(Duration time, Duration every) {
        public Stall {
            FaultValues.requireWithin("stall", time, every);
        }
    }

    /** Writes are cut into pieces of these lengths. */
    public record Split(int least, int most) {
        public Split {
            FaultValues.requireAtLeast("split", 1, least);
            if (most < least) {
                throw FlagValues.mustBe(
                        "split", "from the smaller to the larger", show(least, most));
            }
        }

        private static String show(int least, int most) {
            return least + ".." + most;
        }
    }
}
