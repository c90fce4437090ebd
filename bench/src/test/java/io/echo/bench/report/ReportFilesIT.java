package io.echo.bench.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import io.echo.bench.comparison.Comparison;
import io.echo.bench.load.Interval;
import io.echo.bench.load.Loads;
import io.echo.bench.load.Measurement;
import io.echo.bench.load.OddServer;
import io.echo.bench.result.Result;
import io.echo.bench.result.ResultJson;
import io.echo.bench.result.SavedResults;
import io.echo.bench.statistics.Design;
import io.echo.bench.verdict.PassCriteria;
import io.echo.bench.verdict.Verdict;
import io.echo.client.probe.LatencyUs;
import io.echo.testing.Browser;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.openqa.selenium.Keys;

/** Reports in a browser, of results that are huge or mean harm. */
@Tag("long")
@Timeout(180)
class ReportFilesIT {
    /** A day and some hours, second by second. */
    private static final int SECONDS = 100_000;

    private static Browser browser;

    @TempDir private Path directory;

    @BeforeAll
    static void openBrowser() {
        browser = new Browser();
        browser.runFirst(
                """
                window.drawn = 0;
                for (const path of [Path2D, CanvasRenderingContext2D]) {
                  for (const name of ['lineTo', 'rect']) {
                    const draw = path.prototype[name];
                    path.prototype[name] = function(...where) {
                      drawn++;
                      return draw.apply(this, where);
                    };
                  }
                }
                """);
    }

    @AfterAll
    static void closeBrowser() {
        if (browser != null) {
            browser.close();
        }
    }

    @BeforeEach
    void atADesk() {
        browser.show(Browser.Screen.DESK);
    }

    /** The points drawn are bounded by the pixels; the figures read out are exact. */
    @Tag("long")
    @Test
    void answersAtOnceOverAHundredThousandIntervals() throws Exception {
        open(withIntervals(saved(result())));

        long lines = (long) browser.run("return document.querySelectorAll('.legend svg').length");
        assertThat((long) browser.run("return drawn")).isLessThan(lines * 4 * 1_100);
        browser.point("figure[data-chart=latency] .u-over", 0.5);
        List<String> said = said();
        int at = Integer.parseInt(said.get(3)) - 1;
        assertThat(at).isBetween(SECONDS * 2 / 5, SECONDS * 3 / 5);
        assertThat(said.get(1)).isEqualTo(String.valueOf(p99(at)));
        browser.press("figure[data-chart=latency] .plot", Keys.HOME);
        assertThat(said().get(3)).isEqualTo("1");
        browser.press("figure[data-chart=latency] .plot", "++++++++++", Keys.ARROW_RIGHT);
        assertThat(said().get(3)).as("zoomed in, one by one").isEqualTo("2");
        browser.click("figure[data-chart=latency] summary");
        assertThat(browser.texts("figure[data-chart=latency] tbody tr")).hasSize(100);
        browser.press("figure[data-chart=latency] .plot", Keys.ESCAPE);
        assertThat(browser.console()).isEmpty();
        browser.shoot("report-long");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "<script>document.title = 'taken'</script>",
                "</script><script>document.title = 'taken'</script>",
                "\"><img src=x onerror=\"document.title = 'taken'\">",
                "<!--<script>",
                "{{title}}{{{page}}}",
            })
    void takesNothingInAResultForMarkup(String evil) throws Exception {
        Result saved = saved(poisoned(result(), evil));
        open(saved);
        assertInert(evil);
        assertThat(browser.text("h1")).isEqualTo("udp://" + evil);
        assertThat(browser.texts("pre")).containsExactly(evil);

        String name = evil.replace('/', '\u2215') + ".json";
        Comparison comparison =
                Comparison.of(
                        new Comparison.Side("A", name, List.of(saved)),
                        new Comparison.Side("B", evil, List.of(saved)),
                        Design.SAMPLES);
        Path page = directory.resolve("compare.html");
        try (OutputStream out = Files.newOutputStream(page)) {
            ComparePage.of(comparison, evil).write(out);
        }
        browser.open(page.toUri().toString());
        assertInert(evil);
        assertThat(browser.text("h1")).isEqualTo(name + " and " + evil);
    }

    private static Result withIntervals(Result result) {
        List<Interval> intervals = new ArrayList<>();
        for (int i = 0; i < SECONDS; i++) {
            LatencyUs us =
                    new LatencyUs(p99(i), p99(i), p99(i), p99(i), p99(i), p99(i), p99(i), p99(i));
            Optional<LatencyUs> latency = Optional.of(us);
            intervals.add(
                    new Interval(
                            i, i + 1, 1_000, 1_000, 0, 1 + i % 7, 0, 0, 0, 0, 0, latency, latency));
        }
        Result.Phase phase = result.phase();
        return new Result(
                result.version(),
                result.target(),
                result.protocol(),
                result.transport(),
                result.embedded(),
                result.startedAt(),
                new Result.Phase(
                        phase.sizeBytes(),
                        phase.connections(),
                        phase.warmupS(),
                        SECONDS,
                        phase.rateRequested(),
                        phase.rateAchieved(),
                        phase.rateSent(),
                        phase.rateReplied()),
                result.asked(),
                result.done(),
                result.counts(),
                result.life(),
                result.times(),
                intervals,
                result.paths(),
                result.outcome(),
                result.generator(),
                result.machine(),
                result.merged(),
                result.command());
    }

    private static int p99(int second) {
        return 1_000 + 17 * (second % 997);
    }

    private static void assertInert(String evil) {
        assertThat(browser.texts("body").get(0)).contains(evil);
        assertThat(browser.title()).isNotEqualTo("taken");
        assertThat(browser.run("return document.images.length")).isEqualTo(0L);
        assertThat(browser.run("return document.scripts.length")).as("data and ours").isEqualTo(6L);
        assertThat(
                        browser.strings(
                                "return [...document.querySelectorAll('*')].flatMap(e =>"
                                        + " e.getAttributeNames()).filter(name =>"
                                        + " name.startsWith('on'))"))
                .isEmpty();
        assertThat(browser.texts(".chart canvas")).isNotEmpty();
        assertThat(browser.console()).isEmpty();
        assertThat(browser.requests()).allMatch(url -> url.startsWith("file:"));
    }

    /** A real result, of a second of load. */
    private static JsonObject result() throws Exception {
        try (OddServer server = OddServer.udp((n, request, reply) -> reply.send(request))) {
            Measurement measurement = Loads.run(Loads.of(server.target(), Loads.OPEN, 1_000));
            return ResultJson.of(
                    Result.of(measurement, Verdict.of(measurement, PassCriteria.NONE)));
        }
    }

    /** The same with this text wherever there is one that may be any, and as a name everywhere. */
    private static JsonObject poisoned(JsonObject json, String evil) {
        List<String> kept = List.of("protocol", "started_at", "hdr", "loss_runs");
        JsonObject poisoned = new JsonObject();
        for (Map.Entry<String, JsonElement> member : json.entrySet()) {
            poisoned.add(
                    member.getKey(),
                    kept.contains(member.getKey())
                            ? member.getValue()
                            : poisoned(member.getValue(), evil));
        }
        if (poisoned.has("target")) {
            poisoned.addProperty("target", "udp://" + evil);
        }
        poisoned.addProperty(evil, evil);
        poisoned.addProperty("command", evil);
        if (!(poisoned.get("failures") instanceof JsonArray several) || several.isEmpty()) {
            poisoned.add("failures", list(evil));
        } // else the sample was disturbed, and has one for each of its checks
        poisoned.add("warnings", list(evil));
        return poisoned;
    }

    private static JsonElement poisoned(JsonElement value, String evil) {
        if (value.isJsonObject()) {
            return poisoned(value.getAsJsonObject(), evil);
        }
        if (value.isJsonArray()) {
            JsonArray array = new JsonArray();
            value.getAsJsonArray().forEach(element -> array.add(poisoned(element, evil)));
            return array;
        }
        boolean text = value.isJsonPrimitive() && value.getAsJsonPrimitive().isString();
        return text ? new JsonPrimitive(evil) : value;
    }

    private static JsonArray list(String text) {
        JsonArray list = new JsonArray();
        list.add(text);
        return list;
    }

    /** As it comes back from a file. */
    private Result saved(JsonObject json) throws Exception {
        Path file = directory.resolve("result.json");
        Files.writeString(file, ResultJson.line(json));
        return new SavedResults(InputStream.nullInputStream()).read(file.toString()).get(0);
    }

    private void open(Result result) throws Exception {
        Path page = directory.resolve("page.html");
        try (OutputStream out = Files.newOutputStream(page)) {
            LoadPage.of("load", result).write(out);
        }
        browser.open(page.toUri().toString());
    }

    private static List<String> said() {
        return browser.strings(
                "return [...document.querySelectorAll("
                        + "'figure[data-chart=latency] .legend data')].map(e => e.value)");
    }
}
