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
            requireShare("loss", loss);
            requireShare("corrupt", corrupt);
            requireShare("duplicate", duplicate);
            rate.ifPresent(bytes -> requireAtLeast("rate", 1, bytes));
        }
    }

    /** Everything is lost for a time, at the start of each period. */
    public record Burst(Duration on, Duration every) {
        public Burst {
            requireWithin("burst", on, every);
        }
    }

    /**
     * A share is cut.
     *
     * @param bytes the length that is left; shorter datagrams are as they were
     */
    public record Truncation(double share, int bytes) {
        public Truncation {
            requireShare("truncate", share);
            requireAtLeast("truncate", 0, bytes);
        }
    }

    /**
     * A share is overtaken.
     *
     * @param behind the number of later datagrams that leave before it
     */
    public record Reordering(double share, int behind) {
        public Reordering {
            requireShare("reorder", share);
            requireAtLeast("reorder", 1, behind);
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

    /** Everything is delayed. A draw below zero is no delay. */
    public record Delay(Duration time, Duration jitter, Shape shape) {
        public Delay {
            requireNotNegative("delay", time);
            requireNotNegative("jitter", jitter);
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
            resetAfter.ifPresent(bytes -> requireAtLeast("reset-after", 0, bytes));
            slowRead.ifPresent(bytes -> requireAtLeast("slow-read", 1, bytes));
        }
    }

    /** Nothing is read or sent for a time, once in each period. */
    public record Stall(Duration time, Duration every) {
        public Stall {
            requireWithin("stall", time, every);
        }
    }

    /** Writes are cut into pieces of these lengths. */
    public record Split(int least, int most) {
        public Split {
            requireAtLeast("split", 1, least);
            if (most < least) {
                throw FlagValues.mustBe(
                        "split", "from the smaller to the larger", show(least, most));
            }
        }

        private static String show(int least, int most) {
            return least + ".." + most;
        }
    }

    private static void requireShare(String name, double share) {
        if (!(share >= 0 && share <= 1)) {
            throw FlagValues.mustBe(name, "from 0 to 100 %", share * 100 + " %");
        }
    }

    private static void requireAtLeast(String name, long least, long value) {
        if (value < least) {
            throw FlagValues.mustBe(name, "at least " + least, value);
        }
    }

    private static void requireNotNegative(String name, Duration time) {
        if (time.isNegative()) {
            throw FlagValues.mustBe(name, "0 or more", FlagValues.show(time));
        }
    }

    private static void requireWithin(String name, Duration part, Duration every) {
        if (part.isNegative() || part.isZero() || part.compareTo(every) > 0) {
            throw FlagValues.mustBe(
                    name,
                    "a time and the period that it is part of",
                    FlagValues.show(part) + "/" + FlagValues.show(every));
        }
    }
}
