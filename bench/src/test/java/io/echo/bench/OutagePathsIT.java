package io.echo.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.parallel.ExecutionMode.CONCURRENT;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.echo.bench.RoutedPrograms.Running;
import io.echo.bench.RoutedPrograms.Seen;
import io.echo.net.Protocol;
import io.echo.testing.Namespace;
import io.echo.testing.Programs;
import io.echo.testing.RoutedNetwork;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Outages behind a router are told with their length, from when the commands that made them ran or
 * from what passed on the wire.
 */
@Timeout(120)
@Execution(CONCURRENT)
class OutagePathsIT {
    private static final int FLOWS = 16;
    private static final int RATE = 1_000;
    private static final double STEP_S = 1.0 / RATE;
    private static final Path GAP = Path.of("src", "test", "python", "gap.py");
    private static final String UDP = "udp://" + RoutedNetwork.SERVER_4;

    /** The longest that a connection waits before it is opened again, in seconds. */
    private static final double REOPEN_S = 1.25;

    @TempDir private Path directory;

    private interface Action {
        void run() throws Exception;
    }

    /** A time in which something changed: after it began, by its end. */
    private record Change(Instant after, Instant by) {
        static Change of(Action action) throws Exception {
            Instant after = Instant.now();
            action.run();
            return new Change(after, Instant.now());
        }

        double afterS(Instant start) {
            return seconds(start, after);
        }

        double byS(Instant start) {
            return seconds(start, by);
        }
    }

    private static double seconds(Instant from, Instant to) {
        return Duration.between(from, to).toNanos() / 1e9;
    }

    @Test
    @Tag("long")
    void aRouteThatChangesInMidRun() throws Exception {
        try (RoutedPrograms programs = RoutedPrograms.open(directory)) {
            programs.serve();
            RoutedNetwork net = programs.net();
            openSecondWay(net);
            Running load = load(programs, UDP, 40_000, "--duration=2500ms");
            load.awaitMeasured();
            Change gone = Change.of(() -> net.router().ip("route replace blackhole 10.77.2.1"));
            load.goOn(500);
            Change back = Change.of(() -> net.router().ip("route replace 10.77.2.1 via 10.77.3.1"));
            Seen seen = load.end();
            assertOutage(seen, gone, back);
            assertThat(seen.exit()).as(seen.text()).isEqualTo(3);
            String passed = net.router().run("cat", "/sys/class/net/r2/statistics/tx_packets");
            assertThat(Long.parseLong(passed.strip())).isGreaterThan(FLOWS);
        }
    }

    /** A second link between router and server; the server answers over the first one. */
    private static void openSecondWay(RoutedNetwork net) throws Exception {
        String server = net.server().name();
        net.router().ip("link add r2 type veth peer name s1 netns " + server);
        net.router().ip("link set r2 up");
        net.router().ip("address add 10.77.3.254/24 dev r2");
        net.server().ip("link set s1 up");
        net.server().ip("address add 10.77.3.1/24 dev s1");
        for (String all : List.of("all", "s1")) {
            net.server().set("net/ipv4/conf/" + all + "/rp_filter=0");
        }
    }

    /** Asserts that the longest outage is the time between these changes, on all flows. */
    private static void assertOutage(Seen seen, Change gone, Change back) {
        Instant start = seen.startedAt();
        JsonObject outage = longest(seen.json());
        double from = outage.get("from_s").getAsDouble();
        double to = outage.get("to_s").getAsDouble();
        // A probe may leave late, and its reply takes a while: both count from when it was due.
        double slow = seen.largestS("latency_us");
        double late = seen.largestS("send_lateness_us");
        assertThat(from)
                .isBetween(gone.afterS(start) - slow - 2 * STEP_S, gone.byS(start) + 2 * STEP_S);
        assertThat(to)
                .isBetween(back.afterS(start) - late - 2 * STEP_S, back.byS(start) + 2 * STEP_S);
        assertTold(seen, outage);
    }

    /** Asserts that the text says what the JSON does, and each flow with it. */
    private static void assertTold(Seen seen, JsonObject outage) {
        double from = outage.get("from_s").getAsDouble();
        double ms = (outage.get("to_s").getAsDouble() - from) * 1e3;
        assertThat(seen.number("longest_outage_ms")).isCloseTo(ms, within(0.01));
        String length =
                ms < 1_000
                        ? String.format(Locale.ROOT, "%.1f ms", ms)
                        : String.format(Locale.ROOT, "%.3f s", ms / 1e3);
        assertThat(seen.text())
                .contains("no answer for " + length)
                .contains(String.format(Locale.ROOT, "from %.3f s on", from))
                .contains(" of 16 flows)")
                .contains("LIMIT MISSED: the longest outage is ");
        assertThat(outage.get("flows").getAsInt()).isEqualTo(FLOWS);
        assertThat(seen.json().get("flows_bad").getAsInt()).isZero();
    }

    private static void assertFlowsHadIt(Seen seen) {
        double ms = seen.number("longest_outage_ms");
        for (JsonElement flow : seen.json().getAsJsonArray("flows")) {
            // On a flow only each sixteenth probe tells.
            assertThat(flow.getAsJsonObject().get("longest_outage_ms").getAsDouble())
                    .isCloseTo(ms, within(2 * FLOWS * STEP_S * 1e3));
        }
    }

    private static JsonObject longest(JsonObject json) {
        return Stream.of(json.getAsJsonArray("outages"))
                .flatMap(all -> all.asList().stream())
                .map(JsonElement::getAsJsonObject)
                .max(Comparator.comparingDouble(OutagePathsIT::lengthS))
                .orElseThrow(() -> new AssertionError("no outage"));
    }

    private static double lengthS(JsonObject outage) {
        return outage.get("to_s").getAsDouble() - outage.get("from_s").getAsDouble();
    }

    /** The wire tells when the last reply came before, and the first one after. */
    @ParameterizedTest
    @EnumSource(Protocol.class)
    @Tag("long")
    void aServerThatRestarts(Protocol protocol) throws Exception {
        try (RoutedPrograms programs = RoutedPrograms.open(directory)) {
            // Else it answers on for seconds, as long as it is asked.
            Running server = programs.serve("--drain-timeout=100ms");
            Running wire =
                    programs.start(
                            programs.net().client(),
                            List.of(Programs.require("python3"), GAP.toString(), "c0"));
            wire.awaitText("ready");
            Running load =
                    load(
                            programs,
                            protocol + "://" + RoutedNetwork.SERVER_4,
                            41_000,
                            "--duration=5s");
            load.awaitMeasured();
            server.signal("TERM");
            assertThat(server.end().exit()).isZero();
            programs.serve();
            Seen seen = load.end();
            wire.signal("INT");
            List<String> gap = wire.end().text().lines().toList();
            double goneS = seconds(seen.startedAt(), Instant.parse(gap.get(1)));
            double backS = seconds(seen.startedAt(), Instant.parse(gap.get(2)));
            JsonObject outage = longest(seen.json());
            double slow = seen.largestS("latency_us");
            assertThat(outage.get("from_s").getAsDouble())
                    .isBetween(goneS - slow, goneS + 2 * STEP_S);
            assertThat(outage.get("to_s").getAsDouble())
                    .isBetween(backS - slow - 2 * STEP_S, backS + 2 * STEP_S);
            assertTold(seen, outage);
            if (protocol == Protocol.TCP) {
                assertReopened(seen);
            }
        }
    }

    private static void assertReopened(Seen seen) {
        double awayS = seen.number("longest_outage_ms") / 1e3;
        assertThat(seen.json().get("connections_reopened").getAsInt())
                .isGreaterThanOrEqualTo(FLOWS);
        assertThat(seen.number("down_s") / FLOWS).isBetween(awayS * 0.8, awayS + REOPEN_S);
        assertThat(seen.number("service_away_s")).isCloseTo(awayS, within(awayS * 0.2));
    }

    /**
     * Probes wait in the server, and are answered when it goes on: in time the last 50 ms alone.
     */
    @Test
    @Tag("long")
    void aServerThatStandsStill() throws Exception {
        try (RoutedPrograms programs = RoutedPrograms.open(directory)) {
            Running server = programs.serve();
            Running load = load(programs, UDP, 42_000, "--duration=2500ms", "--timeout=50ms");
            load.awaitMeasured();
            Change stop = Change.of(() -> server.signal("STOP"));
            load.goOn(600);
            Change go = Change.of(() -> server.signal("CONT"));
            Seen seen = load.end();
            JsonObject outage = longest(seen.json());
            assertThat(lengthS(outage))
                    .isBetween(
                            0.8 * (seconds(stop.by(), go.after()) - 0.05),
                            1.2 * (seconds(stop.after(), go.by()) - 0.05));
            assertThat(seen.json().get("late").getAsInt()).isPositive();
            assertTold(seen, outage);
            assertFlowsHadIt(seen);
        }
    }

    private static Running load(RoutedPrograms programs, String target, int port, String... flags)
            throws Exception {
        return programs.load(
                target,
                Stream.concat(
                                Stream.of(
                                        "--source-ports=" + port + "+" + FLOWS,
                                        "--rate=" + RATE,
                                        "--max-outage=200ms"),
                                Stream.of(flags))
                        .toArray(String[]::new));
    }

    /** One that reads, one that is read by a program, beside each other. */
    @Test
    @Tag("long")
    void aPingTellsThemToo() throws Exception {
        try (RoutedPrograms programs = RoutedPrograms.open(directory)) {
            Running server = programs.serve();
            Namespace router = programs.net().router();
            String[] flags = {"-i=20ms", "--timeout=100ms", "-w=5s"};
            Running text = programs.ping(UDP, flags);
            Running json =
                    programs.ping(
                            UDP,
                            Stream.concat(Stream.of(flags), Stream.of("--json"))
                                    .toArray(String[]::new));
            text.awaitText("seq=25 ");
            Change stop = Change.of(() -> server.signal("STOP"));
            text.goOn(600);
            Change go = Change.of(() -> server.signal("CONT"));
            text.goOn(500);
            Change gone = Change.of(() -> router.ip("route replace blackhole 10.77.2.1"));
            text.goOn(400);
            Change back = Change.of(() -> router.ip("route del blackhole 10.77.2.1"));
            Seen seen = json.end();
            List<Double> lengths =
                    seen.json().getAsJsonArray("outages").asList().stream()
                            .map(outage -> lengthS(outage.getAsJsonObject()))
                            .toList();
            assertThat(lengths)
                    .anyMatch(s -> isAbout(s, stop, go, 0.1))
                    .anyMatch(s -> isAbout(s, gone, back, 0));
            String said = text.end().text();
            assertThat(said)
                    .containsPattern("(?m)^\\d outages, the longest 0\\.[56]\\d\\d s from \\d\\.")
                    .containsPattern(" lost, [1-9]\\d* late, ");
        }
    }

    private static boolean isAbout(double lengthS, Change from, Change to, double lessS) {
        return lengthS > 0.8 * (seconds(from.by(), to.after()) - lessS)
                && lengthS < 1.2 * (seconds(from.after(), to.by()) - lessS);
    }

    /** Two generators on one clock see one outage, not two. */
    @Test
    @Tag("long")
    void twoGeneratorsTellOfOneOutage() throws Exception {
        try (RoutedPrograms programs = RoutedPrograms.open(directory)) {
            programs.serve();
            Namespace router = programs.net().router();
            String at = Instant.now().truncatedTo(ChronoUnit.SECONDS).plusSeconds(10).toString();
            String[] flags = {"--duration=3s", "--start-at=" + at};
            Running one = load(programs, UDP, 40_000, flags);
            Running two = load(programs, UDP, 41_000, flags);
            one.awaitMeasured();
            two.awaitMeasured();
            Change gone = Change.of(() -> router.ip("route replace blackhole 10.77.2.1"));
            one.goOn(400);
            Change back = Change.of(() -> router.ip("route del blackhole 10.77.2.1"));
            assertOutage(one.end(), gone, back);
            assertOutage(two.end(), gone, back);
            Seen merged = programs.merge(one.json(), two.json()).end();
            JsonObject outage = longest(merged.json());
            assertThat(isAbout(lengthS(outage), gone, back, 0)).as("%s", outage).isTrue();
            assertThat(outage.get("flows").getAsInt()).isEqualTo(2 * FLOWS);
            assertThat(merged.text())
                    .containsPattern("FOUND: no answer for [345]\\d\\d\\.\\d ms, from [12]\\.")
                    .contains(" of 32 flows)");
            assertThat(merged.json().get("flows_bad").getAsInt()).isZero();
        }
    }
}
