package io.echo.bench.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.echo.bench.load.FaultyEcho;
import io.echo.net.Protocol;
import io.echo.server.EchoServer;
import io.echo.server.config.ServerConfig;
import io.echo.testing.Browser;
import io.echo.testing.RunnableJar;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.Keys;

/** Reports of real runs, in a browser: what they say is what the results say. */
@Timeout(180)
class ReportIT {
    private static final Path JAR = Path.of("target", "echo-bench.jar");

    /** So that a busy machine does not make a run invalid that should not be. */
    private static final String LENIENT = "--max-lateness=1m";

    private static Browser browser;
    private static EchoServer server;
    private static String target;

    @TempDir private Path directory;

    @BeforeAll
    static void begin() throws IOException {
        browser = new Browser();
        server = serve(ServerConfig.DEFAULT);
        target = "udp://127.0.0.1:" + server.addresses().udp().get(0).getPort();
    }

    @AfterAll
    static void end() {
        if (browser != null) {
            browser.close();
        }
        if (server != null) {
            server.close();
        }
    }

    @BeforeEach
    void atADesk() {
        browser.show(Browser.Screen.DESK);
        browser.prefer("light");
    }

    @Test
    void drawsALoadAndSaysWhatItsResultSays() throws Exception {
        run(
                "load",
                target,
                "--rate=500",
                "--duration=3s",
                "--warmup=0s",
                "--timeout=300ms",
                "--max-p99=1m",
                "--max-p99.9=1m",
                LENIENT,
                "--json=load.json",
                "--html=load.html");
        JsonObject result = json("load.json");
        ReportPage page = open("load.html");

        String finding =
                result.get("valid").getAsBoolean()
                        ? "Valid, and within every limit"
                        : "Not valid: do not rely on these figures";
        // On a busy machine there may be an outage, which stands behind it.
        assertThat(browser.text("main > :first-child h2")).startsWith(finding);
        assertThat(browser.texts("pre")).containsExactly(result.get("command").getAsString());

        JsonArray seconds = result.getAsJsonArray("intervals");
        for (int i = 0; i < 3; i++) {
            JsonObject second = seconds.get(i).getAsJsonObject();
            page.press("latency", i == 0 ? Keys.HOME : Keys.ARROW_RIGHT);
            assertThat(page.said("latency"))
                    .containsExactly(
                            us(second, "latency_us", "p50"),
                            us(second, "latency_us", "p99"),
                            us(second, "latency_us", "max"),
                            number(second, "to_s"));
            assertThat(page.readOut("latency"))
                    .matches("until [0-9.]+ s: p50 .+ [mu]?s, p99 .+ [mu]?s, max .+ [mu]?s");
            assertThat(page.said("lateness").get(1))
                    .isEqualTo(us(second, "send_lateness_us", "p99"));
            double length = number(second, "to_s") - number(second, "from_s");
            assertThat(page.said("rate").get(0)).isEqualTo(number(second, "sent") / length);
        }
        double last = number(seconds.get(seconds.size() - 1).getAsJsonObject(), "to_s");
        double second = number(seconds.get(1).getAsJsonObject(), "to_s");
        page.point("rate", second / last);
        assertThat(page.said("rate").get(2)).isEqualTo(second);
        assertThat(page.said("latency").get(3)).as("the same moment").isEqualTo(second);

        double nines = Math.log10(number(result, "sent"));
        page.point("percentiles", 2 / nines);
        assertThat(page.said("percentiles"))
                .containsExactly(
                        us(result, "latency_us", "p99"), us(result, "service_us", "p99"), 2.0);
        page.assertWhole("report-load");
    }

    @Tag("long")
    @Test
    void putsMissedLimitsAndLossFirst() throws Exception {
        try (FaultyEcho lossy = FaultyEcho.start("loss=10%,seed=7")) {
            run(
                    "load",
                    lossy.target(Protocol.UDP).toString(),
                    "--window=4",
                    "--duration=2s",
                    "--warmup=0s",
                    "--timeout=100ms",
                    "--max-loss=1%",
                    "--json=lossy.json",
                    "--html=lossy.html");
        }
        JsonObject result = json("lossy.json");
        ReportPage page = open("lossy.html");
        assertThat(browser.title()).startsWith("Limit missed: udp://");
        assertThat(browser.text("main > :first-child"))
                .startsWith("Valid, but a limit was missed\n")
                .contains(result.getAsJsonArray("failures").get(0).getAsString());
        page.press("loss", Keys.HOME);
        JsonObject second = result.getAsJsonArray("intervals").get(0).getAsJsonObject();
        assertThat(page.said("loss").get(0)).isPositive().isEqualTo(number(second, "lost"));
        page.assertWhole("report-missed");
    }

    @Test
    @Tag("long")
    void showsThatAMeasurementIsNotValid() throws Exception {
        run(
                "load",
                target,
                "--rate=500",
                "--count=1000",
                "--warmup=0s",
                "--timeout=100ms",
                "--max-lateness=1ns",
                "--max-p99=1ns",
                "--html=invalid.html");
        ReportPage page = open("invalid.html");
        assertThat(browser.title()).startsWith("Not valid: udp://");
        assertThat(browser.text("main > :first-child"))
                .startsWith("Not valid: do not rely on these figures\n")
                .contains("(--max-lateness)", "(--max-p99)");
        assertThat(
                        browser.run(
                                "return getComputedStyle(document.querySelector('.figures"
                                        + " .number')).textDecorationLine"))
                .isEqualTo("line-through");
        page.assertWhole("report-invalid");
    }

    /** Figures that cannot be added have no chart; each warning names its generator. */
    @Test
    @Tag("long")
    void joinsWhatGeneratorsSaw() throws Exception {
        List<String> runs = new ArrayList<>();
        try (EchoServer streams = serve(ServerConfig.DEFAULT)) {
            String address = "tcp://127.0.0.1:" + streams.addresses().tcp().get(0).getPort();
            for (String rate : List.of("--rate=300", "--rate=600")) {
                run(
                        "load",
                        address,
                        rate,
                        "--connections=5",
                        "--duration=1s",
                        "--warmup=0s",
                        "--timeout=300ms",
                        LENIENT,
                        "--json=run.json",
                        "--force");
                runs.add(Files.readString(directory.resolve("run.json")));
            }
        }
        Files.writeString(directory.resolve("all.jsonl"), String.join("", runs));
        run("merge", "all.jsonl", "--json=merge.json", "--html=merge.html");
        JsonObject sum = json("merge.json");
        ReportPage page = open("merge.html");
        assertThat(browser.texts("pre")).containsExactly(sum.get("command").getAsString());
        assertThat(browser.texts("header").get(0)).contains("echo-bench merge", "2 results");
        assertThat(browser.text("main > :first-child"))
                .contains("all runs were under way together for 0.000 s");
        assertThat(
                        browser.strings(
                                "return [...document.querySelectorAll('figure.chart')]"
                                        + ".map(figure => figure.dataset.chart)"))
                .containsExactly("percentiles");
        page.point("percentiles", 2 / Math.log10(number(sum, "sent")));
        assertThat(page.said("percentiles"))
                .containsExactly(us(sum, "latency_us", "p99"), us(sum, "service_us", "p99"), 2.0);
        assertThat(browser.texts("thead th"))
                .containsSubsequence("latency", "service", "send lateness", "connect");
        page.assertWhole("report-merge");
    }

    @Test
    @Tag("long")
    void drawsTheKneeOfASweep() throws Exception {
        ServerConfig limited =
                ServerConfig.DEFAULT
                        .withAccess(ServerConfig.Access.WITHOUT_TRUST)
                        .withUdp(new ServerConfig.UdpLimits(300, 1 << 20, 65_527, Set.of()));
        try (EchoServer bounded = serve(limited)) {
            int port = bounded.addresses().udp().get(0).getPort();
            run(
                    "sweep",
                    "udp://127.0.0.1:" + port,
                    "--from=100",
                    "--to=1600",
                    "--precision=60%",
                    "--duration=2s",
                    "--warmup=300ms",
                    "--timeout=100ms",
                    "--max-loss=10%",
                    "--max-p99=1m",
                    LENIENT,
                    "--json=sweep.json",
                    "--html=sweep.html");
        }
        JsonObject result = json("sweep.json");
        ReportPage page = open("sweep.html");
        assertThat(browser.texts("pre")).containsExactly(result.get("command").getAsString());
        List<JsonObject> steps = new ArrayList<>();
        result.getAsJsonArray("steps").forEach(step -> steps.add(step.getAsJsonObject()));
        steps.sort(Comparator.comparingDouble(step -> number(step, "rate_requested")));
        for (int i = 0; i < steps.size(); i++) {
            page.press("latency", i == 0 ? Keys.HOME : Keys.ARROW_RIGHT);
            assertThat(page.said("latency"))
                    .containsExactly(
                            us(steps.get(i), "latency_us", "p50"),
                            us(steps.get(i), "latency_us", "p99"),
                            us(steps.get(i), "latency_us", "max"),
                            number(steps.get(i), "rate_requested"));
        }
        assertThat(result.get("knee").isJsonNull()).as(result.toString()).isFalse();
        assertThat(browser.text("main > :first-child h2"))
                .contains(result.get("knee").getAsString());
        page.assertWhole("report-sweep");
    }

    @Test
    @Tag("long")
    void laysAComparisonOverEachOther() throws Exception {
        for (String side : List.of("a", "b")) {
            List<String> runs = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                String window = side.equals("a") ? "--window=1" : "--window=8";
                run(
                        "load",
                        target,
                        window,
                        "--duration=1200ms",
                        "--warmup=0s",
                        "--timeout=100ms",
                        "--json=run.json",
                        "--force");
                runs.add(Files.readString(directory.resolve("run.json")));
            }
            Files.writeString(directory.resolve(side + ".jsonl"), String.join("", runs));
        }
        run("compare", "a.jsonl", "b.jsonl", "--html=compare.html");
        ReportPage page = open("compare.html");
        assertThat(browser.text("h1")).isEqualTo("a.jsonl and b.jsonl");
        assertThat(browser.text("main > :first-child h2"))
                .isEqualTo("Too few runs to tell a difference between A and B from noise");
        assertThat(browser.texts(ReportPage.chart("latency") + " .legend li"))
                .startsWith("A", "B", "A runs", "B runs");
        JsonObject first =
                JsonParser.parseString(Files.readAllLines(directory.resolve("b.jsonl")).get(0))
                        .getAsJsonObject();
        page.press("time", Keys.HOME);
        double p99 =
                us(first.getAsJsonArray("intervals").get(0).getAsJsonObject(), "latency_us", "p99");
        assertThat(
                        browser.strings(
                                """
                                const charts = document.getElementById('charts').textContent;
                                return JSON.parse(charts)
                                  .find(chart => chart.id === 'time')
                                  .series.map(series => series.values[0])
                                """))
                .contains(String.valueOf(p99).replaceAll("\\.0$", ""));
        page.assertWhole("report-compare");
    }

    private static EchoServer serve(ServerConfig config) throws IOException {
        return EchoServer.start(
                config.withListen(config.listen().withHosts("127.0.0.1").withPort(0))
                        .withAdmin(Optional.empty()));
    }

    private ReportPage open(String file) {
        return new ReportPage(browser, directory.resolve(file));
    }

    private int run(String... args) throws Exception {
        Process process =
                new ProcessBuilder(RunnableJar.brief(JAR.toAbsolutePath(), args))
                        .directory(directory.toFile())
                        .redirectErrorStream(true)
                        .redirectOutput(directory.resolve("said").toFile())
                        .start();
        try {
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
            String said = Files.readString(directory.resolve("said"));
            assertThat(process.exitValue()).as(said).isIn(0, 3, 4);
            return process.exitValue();
        } finally {
            process.destroyForcibly();
        }
    }

    private JsonObject json(String file) throws IOException {
        return JsonParser.parseString(Files.readString(directory.resolve(file))).getAsJsonObject();
    }

    private static double us(JsonObject object, String figures, String member) {
        return number(object.getAsJsonObject(figures), member);
    }

    private static double number(JsonObject object, String member) {
        return object.get(member).getAsDouble();
    }
}
