package io.echo.server.config;

import io.echo.cli.FlagValues;
import io.echo.cli.NearestWord;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Pattern;

/** Reads a profile from its text. One instance for each text. */
final class FaultProfileText {
    private static final String HALF_CLOSE = "half-close";

    /** Every member, in the order in which a profile is written. */
    private static final List<String> MEMBERS =
            List.of(
                    "burst",
                    "loss",
                    "corrupt",
                    "truncate",
                    "duplicate",
                    "reorder",
                    "delay",
                    "jitter",
                    "rate",
                    "stall",
                    "reset-after",
                    HALF_CLOSE,
                    "slow-read",
                    "split",
                    "seed");

    private static final Pattern PERCENT = Pattern.compile("-?(\\d{1,9}(\\.\\d+)?|\\.\\d+)%");
    private static final Pattern WHOLE = Pattern.compile("-?\\d{1,19}");

    /** Far more than every member needs; the decimals of a percentage have no other bound. */
    private static final int LONGEST_TEXT = 4_096;

    /** Above every seed that is drawn: short enough to be typed again. */
    private static final long SEEDS = 1_000_000_000;

    private final Map<String, String> members = new LinkedHashMap<>();

    private FaultProfileText(String text) {
        if (text.isBlank()) {
            throw FlagValues.mustBe("profile", "members such as loss=1%,delay=20ms", text);
        }
        if (text.length() > LONGEST_TEXT) {
            throw FlagValues.mustBe(
                    "profile", "at most " + LONGEST_TEXT + " characters", text.length());
        }
        for (String part : text.split(",", -1)) {
            add(part.strip(), text);
        }
    }

    private void add(String member, String text) {
        String[] parts = member.split("=", 2);
        String name = parts[0].strip();
        if (member.isEmpty()) {
            throw FlagValues.mustBe("profile", "members without empty ones", text);
        }
        if (!MEMBERS.contains(name)) {
            String known = String.join(", ", MEMBERS);
            throw new IllegalArgumentException(
                    FlagValues.mustBe("member", "one of " + known, name).getMessage()
                            + NearestWord.didYouMean(name, MEMBERS));
        }
        if (name.equals(HALF_CLOSE) != (parts.length == 1)) {
            String rule = name.equals(HALF_CLOSE) ? "without a value" : "followed by = and a value";
            throw FlagValues.mustBe(name, rule, member);
        }
        if (members.put(name, parts.length == 1 ? "" : parts[1].strip()) != null) {
            throw FlagValues.mustBe(name, "there once", text);
        }
    }

    static FaultProfile parse(String text) {
        FaultProfileText members = new FaultProfileText(text);
        return new FaultProfile(
                members.datagrams(),
                members.connections(),
                members.given("seed")
                        .map(seed -> members.seed(seed))
                        .orElseGet(() -> ThreadLocalRandom.current().nextLong(SEEDS)));
    }

    private FaultProfile.Datagrams datagrams() {
        return new FaultProfile.Datagrams(
                given("burst")
                        .map(text -> times("burst", text))
                        .map(pair -> new FaultProfile.Burst(pair.get(0), pair.get(1))),
                share("loss"),
                share("corrupt"),
                given("truncate").map(FaultProfileText::truncation),
                share("duplicate"),
                given("reorder").map(FaultProfileText::reordering),
                delay(),
                rate("rate"));
    }

    private FaultProfile.Connections connections() {
        return new FaultProfile.Connections(
                given("stall")
                        .map(text -> times("stall", text))
                        .map(pair -> new FaultProfile.Stall(pair.get(0), pair.get(1))),
                given("reset-after")
                        .map(text -> OptionalLong.of(bytes("reset-after", text)))
                        .orElse(OptionalLong.empty()),
                members.containsKey(HALF_CLOSE),
                rate("slow-read"),
                given("split").map(FaultProfileText::split));
    }

    private Optional<String> given(String member) {
        return Optional.ofNullable(members.get(member));
    }

    private double share(String member) {
        return given(member).map(text -> share(member, text)).orElse(0.0);
    }

    /** Reads any number of decimals, since {@link #percent} may write as many. */
    private static double share(String member, String text) {
        if (!PERCENT.matcher(text).matches()) {
            throw FlagValues.mustBe(member, "a percentage such as 0.1%", text);
        }
        BigDecimal percent = new BigDecimal(text.substring(0, text.length() - 1));
        if (percent.signum() < 0 || percent.compareTo(BigDecimal.valueOf(100)) > 0) {
            throw FlagValues.mustBe(member, FaultValues.SHARES, text);
        }
        return percent.movePointLeft(2).doubleValue();
    }

    private Optional<FaultProfile.Delay> delay() {
        Optional<Duration> time = given("delay").map(text -> duration("delay", text));
        String[] parts = given("jitter").orElse("0s").split(":", 2);
        Duration jitter = duration("jitter", parts[0]);
        return time.isEmpty() && given("jitter").isEmpty()
                ? Optional.empty()
                : Optional.of(
                        new FaultProfile.Delay(
                                time.orElse(Duration.ZERO),
                                jitter,
                                parts.length == 1
                                        ? FaultProfile.Shape.UNIFORM
                                        : shape(parts[1].strip())));
    }

    private static Duration duration(String member, String text) {
        if (text.isBlank()) {
            throw FlagValues.mustBe(member, "a duration such as 5ms or 1s", text);
        }
        return FlagValues.duration(member, text);
    }

    private static FaultProfile.Shape shape(String text) {
        for (FaultProfile.Shape shape : FaultProfile.Shape.values()) {
            if (name(shape).equals(text)) {
                return shape;
            }
        }
        throw FlagValues.mustBe("jitter", "of the shape normal, uniform or pareto", text);
    }

    private static FaultProfile.Truncation truncation(String text) {
        List<String> pair = pair("truncate", "/", "a share and a length such as 1%/20", text);
        return new FaultProfile.Truncation(
                share("truncate", pair.get(0)),
                (int)
                        FlagValues.count(
                                "truncate", pair.get(1), 0, FaultProfile.Truncation.MOST_BYTES));
    }

    private static FaultProfile.Reordering reordering(String text) {
        List<String> pair = pair("reorder", "/", "a share and a number such as 1%/3", text);
        return new FaultProfile.Reordering(
                share("reorder", pair.get(0)),
                (int)
                        FlagValues.count(
                                "reorder", pair.get(1), 1, FaultProfile.Reordering.MOST_BEHIND));
    }

    private static FaultProfile.Split split(String text) {
        List<String> pair = pair("split", "..", "two lengths such as 1..20", text);
        return new FaultProfile.Split(
                (int) FlagValues.count("split", pair.get(0), 1, Integer.MAX_VALUE),
                (int) FlagValues.count("split", pair.get(1), 1, Integer.MAX_VALUE));
    }

    private static List<Duration> times(String member, String text) {
        return pair(member, "/", "a time and its period such as 200ms/5s", text).stream()
                .map(time -> FlagValues.positiveDuration(member, time))
                .toList();
    }

    private static List<String> pair(String member, String between, String rule, String text) {
        String[] pair = text.split(Pattern.quote(between), -1);
        if (pair.length != 2) {
            throw FlagValues.mustBe(member, rule, text);
        }
        return List.of(pair[0].strip(), pair[1].strip());
    }

    private OptionalLong rate(String member) {
        if (given(member).isEmpty()) {
            return OptionalLong.empty();
        }
        String text = members.get(member);
        BigDecimal rate = FlagValues.perSecond(member, text);
        if (rate.compareTo(BigDecimal.ONE) < 0
                || rate.compareTo(BigDecimal.valueOf(FaultProfile.MOST_PER_SECOND)) > 0) {
            throw FlagValues.mustBe(member, FaultProfile.RATES, text);
        }
        return OptionalLong.of(rate.longValue());
    }

    private static long bytes(String member, String text) {
        return FlagValues.count(member, text, 0, FaultProfile.MOST_BYTES);
    }

    private long seed(String text) {
        try {
            if (WHOLE.matcher(text).matches()) {
                return Long.parseLong(text);
            }
        } catch (NumberFormatException e) {
            // Beyond the range: the same message.
        }
        throw FlagValues.mustBe("seed", "a whole number of at most 63 bits", text);
    }

    /** Writes a profile as {@link #parse} reads it, with its seed. */
    static String of(FaultProfile profile) {
        List<String> parts = new ArrayList<>();
        FaultProfile.Datagrams datagrams = profile.datagrams();
        datagrams.burst().ifPresent(b -> parts.add("burst=" + times(b.on(), b.every())));
        addShare(parts, "loss", datagrams.loss());
        addShare(parts, "corrupt", datagrams.corrupt());
        datagrams
                .truncate()
                .ifPresent(t -> parts.add("truncate=" + percent(t.share()) + "/" + t.bytes()));
        addShare(parts, "duplicate", datagrams.duplicate());
        datagrams
                .reorder()
                .ifPresent(r -> parts.add("reorder=" + percent(r.share()) + "/" + r.behind()));
        datagrams.delay().ifPresent(delay -> parts.add(delay(delay)));
        datagrams.rate().ifPresent(rate -> parts.add("rate=" + rate + "/s"));
        FaultProfile.Connections connections = profile.connections();
        connections.stall().ifPresent(s -> parts.add("stall=" + times(s.time(), s.every())));
        connections.resetAfter().ifPresent(bytes -> parts.add("reset-after=" + bytes));
        if (connections.halfClose()) {
            parts.add(HALF_CLOSE);
        }
        connections.slowRead().ifPresent(rate -> parts.add("slow-read=" + rate + "/s"));
        connections
                .split()
                .ifPresent(split -> parts.add("split=" + split.least() + ".." + split.most()));
        parts.add("seed=" + profile.seed());
        return String.join(",", parts);
    }

    private static void addShare(List<String> parts, String member, double share) {
        if (share > 0) {
            parts.add(member + "=" + percent(share));
        }
    }

    private static String percent(double share) {
        return BigDecimal.valueOf(share).movePointRight(2).stripTrailingZeros().toPlainString()
                + "%";
    }

    private static String delay(FaultProfile.Delay delay) {
        return "delay="
                + FlagValues.show(delay.time())
                + ",jitter="
                + FlagValues.show(delay.jitter())
                + ":"
                + name(delay.shape());
    }

    private static String name(FaultProfile.Shape shape) {
        return shape.name().toLowerCase(Locale.ROOT);
    }

    private static String times(Duration part, Duration every) {
        return FlagValues.show(part) + "/" + FlagValues.show(every);
    }
}
