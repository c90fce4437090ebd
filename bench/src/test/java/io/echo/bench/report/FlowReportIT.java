package io.echo.bench.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.echo.bench.load.LoadConfig;
import io.echo.bench.load.Loads;
import io.echo.bench.load.Measurement;
import io.echo.bench.load.OddServer;
import io.echo.bench.result.Result;
import io.echo.bench.verdict.PassCriteria;
import io.echo.bench.verdict.Verdict;
import io.echo.client.flow.FlowResult;
import io.echo.client.flow.FlowStrip;
import io.echo.client.flow.Paths;
import io.echo.client.outage.Outages;
import io.echo.client.probe.ProbeSizes;
import io.echo.client.probe.Rate;
import io.echo.testing.Browser;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
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

/** Flows and outages in reports, in a browser. */
@Timeout(180)
class FlowReportIT {
    private static final String STRIP = "figure[data-chart=flows]";

    /** So that a busy machine does not make a run invalid that should not be. */
    private static final PassCriteria LENIENT =
            new PassCriteria(
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    Duration.ofMinutes(1));

    /** Returns the red, green and blue of the cell under the cursor of the flows. */
    private static final String CELL =
            """
            const at = name => document.querySelector(arguments[0] + ' .u-cursor-' + name)
                .getBoundingClientRect();
            const canvas = document.querySelector(arguments[0] + ' canvas');
            const box = canvas.getBoundingClientRect(), dpr = devicePixelRatio;
            const x = (at('x').left - box.left) * dpr, y = (at('y').top - box.top) * dpr;
            const copy = document.createElement('canvas')
                .getContext('2d', {willReadFrequently: true});
            copy.drawImage(canvas, -Math.floor(x), -Math.floor(y));
            return [...copy.getImageData(0, 0, 1, 1).data].slice(0, 3);
            """;

    private static final String COLOUR =
            """
            const probe = document.createElement('p');
            document.body.append(probe);
            probe.style.color = `var(--${arguments[0]})`;
            const found = getComputedStyle(probe).color;
            probe.remove();
            return found;
            """;

    /** Returns the rows of the table of sizes. */
    private static final String SIZES =
            """
            const table = [...document.querySelectorAll('table')]
                .find(table => table.caption?.textContent === 'Lost by size');
            return [...table.tBodies[0].rows].map(row =>
                [...row.cells].map(cell => cell.textContent.trim()).join('|'));
            """;

    private static Browser browser;

    @TempDir private Path directory;

    @BeforeAll
    static void openBrowser() {
        browser = new Browser();
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
        browser.prefer("light");
    }

    /** One flow is dead, one slow, one stops, and for a while nothing is answered at all. */
    @Test
    @Tag("long")
    void tellsAtAGlanceWhichFlowFailsAndWhen() throws Exception {
        Faults faults = new Faults();
        LoadConfig config;
        Result result;
        try (OddServer server = OddServer.udpFlows(faults)) {
            LoadConfig.Load load = new LoadConfig.Load.Open(Rate.perSecond(2_000));
            config = Loads.with(Loads.of(server.target(), load, 1), 20, ProbeSizes.fixed(64), 1);
            config = Loads.with(config, Duration.ofSeconds(3), Duration.ZERO);
            result = result(Loads.run(Loads.waiting(config, Duration.ofMillis(300))));
        } finally {
            faults.later.shutdownNow();
        }
        ReportPage page = open(result);

        String dead = result.paths().with(FlowResult.Fault.DEAD).get(0).local();
        String slow = result.paths().with(FlowResult.Fault.SLOW).get(0).local();
        String stopped = result.paths().with(FlowResult.Fault.STOPPED).get(0).local();
        String good = result.paths().flows().get(19).local();
        String finding = browser.text("main > :first-child");
        assertThat(finding)
                .contains("1 of 20 flows lost everything: " + dead)
                .contains(slow)
                .containsIgnoringCase("no answer for")
                .containsSubsequence("flows are bad", "lost everything", "probes were lost");
        assertThat(browser.title()).doesNotStartWith("Valid");

        page.press("flows", Keys.HOME);
        assertThat(told()).startsWith(dead + " (dead), 0 s to");
        assertLost();
        page.press("flows", Keys.END);
        assertLost();
        assertThat(brightness(slow)).isLessThan(brightness(good) - 10);
        assertThat(told()).contains(" sent, ", " lost or late, mean latency ");
        page.press("flows", Keys.PAGE_UP, Keys.PAGE_UP, Keys.ARROW_DOWN, Keys.END);
        assertThat(told()).startsWith(stopped + " (stopped), ");
        browser.point(STRIP + " .u-over", 0.5, 25);
        assertThat(told()).startsWith(dead + " (dead), ");
        assertThat(page.said("rate").get(2)).as("the charts go along").isBetween(1.0, 3.0);

        assertThat(browser.texts("section:has(caption) tbody td").toString()).contains("hardly");
        assertThat(browser.texts("figure[data-chart=latency] .legend li")).contains("outage");
        openTable();
        assertThat(browser.texts(STRIP + " tbody th")).hasSize(20).contains(slow);
        page.assertWhole("report-flows");
    }

    /** Datagrams of 1,473 bytes are lost, as on a path that takes no more and says nothing. */
    @Test
    void tellsWhichSizeIsLost() throws Exception {
        OddServer.Datagrams small =
                (n, request, reply) -> {
                    if (request.length < 1_473) {
                        reply.send(request);
                    }
                };
        Result result;
        try (OddServer server = OddServer.udp(small)) {
            LoadConfig.Load load = new LoadConfig.Load.Open(Rate.perSecond(1_000));
            ProbeSizes sizes = ProbeSizes.parse("--size", "64:50%,512:30%,1473:20%");
            LoadConfig config = Loads.with(Loads.of(server.target(), load, 1), 4, sizes, 1);
            config = Loads.with(config, Duration.ofSeconds(2), Duration.ZERO);
            result = result(Loads.run(Loads.waiting(config, Duration.ofMillis(300))));
        }
        // Whatever this machine did meanwhile.
        Result.Outcome valid = new Result.Outcome(true, List.of(), List.of(), List.of());
        ReportPage page = open(with(result.paths(), valid, result));

        long lost = result.paths().badSizes().get(0).lost();
        assertThat(browser.text("main > :first-child"))
                .contains("Valid, but 1 of 3 sizes is bad")
                .contains("atagrams of 1,473 bytes and more lost everything (")
                .contains("(20 %; 0.0000 % on the other sizes)")
                .contains("echo-client mtu udp://127.0.0.1:");
        List<String> rows = browser.strings(SIZES);
        assertThat(rows).hasSize(3);
        assertThat(rows.get(0)).matches("64\\|–\\|[\\d,]+\\|0\\|0.%");
        assertThat(rows.get(2))
                .isEqualTo(String.format(Locale.ROOT, "1,473|dead|%,d|%<,d|100\u00a0%%", lost));
        page.assertWhole("report-sizes");
    }

    /** Addresses of flows are read as text, and a thousand flows make a small page. */
    @Test
    @Tag("long")
    void keepsAThousandFlowsReadable() throws Exception {
        Result result = flows(name -> "10.0.0.1:" + (30_000 + name), 1_000, 100);
        open(result);
        assertThat(Files.size(directory.resolve("page.html"))).isLessThan(450_000);
        for (Browser.Screen screen : Browser.Screen.values()) {
            browser.show(screen);
            long height =
                    (long)
                            browser.run(
                                    "return document.querySelector(arguments[0]).clientHeight",
                                    STRIP + " .plot");
            assertThat(height).isBetween(300L, 650L);
        }
        browser.press(STRIP + " .plot", Keys.HOME);
        assertThat(told()).startsWith("10.0.0.1:30000 (dead), 0 s to 0.008 s: ");
        browser.press(STRIP + " .plot", Keys.PAGE_DOWN.toString().repeat(100));
        assertThat(told()).startsWith("3 flows from 10.0.0.1:30997 to 10.0.0.1:30999, ");
        assertThat(browser.texts("section p").toString()).contains("2,000 flows");
        assertThat(browser.console()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "</script><script>document.title = 'taken'</script>",
                "\"><img src=x onerror=\"document.title = 'taken'\">",
            })
    @Tag("long")
    void takesNoFlowForMarkup(String evil) throws Exception {
        open(flows(name -> evil + name, 40, 3));
        browser.press(STRIP + " .plot", Keys.HOME);
        assertThat(told()).startsWith(evil + "0 (dead), 0 s to ");
        openTable();
        assertThat(browser.texts(STRIP + " tbody th")).hasSize(40).contains(evil + "39");
        assertThat(browser.texts(".finding p").toString()).contains(evil + "0");
        assertThat(browser.title()).isNotEqualTo("taken");
        assertThat(browser.run("return document.images.length")).isEqualTo(0L);
        assertThat(browser.console()).isEmpty();
        assertThat(browser.requests()).allMatch(url -> url.startsWith("file:"));
    }

    /** A server that never answers one flow, is slow on another, and stops for a while. */
    private static final class Faults implements OddServer.Flows {
        final ScheduledExecutorService later = Executors.newSingleThreadScheduledExecutor();
        private long startNs;

        @Override
        public void answer(int flow, long n, byte[] request, OddServer.Reply reply)
                throws IOException {
            startNs = n == 0 ? System.nanoTime() : startNs;
            long ms = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNs);
            if (flow == 1 || flow == 3 && ms > 2_000 || ms > 1_000 && ms < 1_500) {
                return;
            }
            if (flow == 2) {
                later.schedule(() -> send(request, reply), 200, TimeUnit.MILLISECONDS);
            } else {
                reply.send(request);
            }
        }

        private static void send(byte[] request, OddServer.Reply reply) {
            try {
                reply.send(request);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** Returns the mean brightness of the last cells of a flow, which must have its own row. */
    private static double brightness(String flow) {
        String plot = STRIP + " .plot";
        browser.press(plot, Keys.PAGE_UP, Keys.PAGE_UP, Keys.PAGE_UP, Keys.HOME);
        for (int i = 0; !told().startsWith(flow); i++) {
            assertThat(i).as(flow).isLessThan(40);
            browser.press(plot, Keys.ARROW_DOWN);
        }
        browser.press(plot, Keys.END);
        double sum = 0;
        int cells = 8;
        for (int i = 0; i < cells; i++) {
            List<Long> cell = cell();
            sum += 0.2 * cell.get(0) + 0.7 * cell.get(1) + 0.1 * cell.get(2);
            browser.press(plot, Keys.ARROW_LEFT);
        }
        return sum / cells;
    }

    /** Opens the table of all flows, which is made when the browser comes to it. */
    private static void openTable() {
        browser.click(STRIP + " summary");
        browser.await("rows", () -> !browser.texts(STRIP + " tbody th").isEmpty());
    }

    private static void assertLost() {
        List<Long> lost = rgb("lost");
        List<Long> cell = cell();
        for (int i = 0; i < lost.size(); i++) {
            assertThat(cell.get(i)).as("%s, %s", cell, lost).isCloseTo(lost.get(i), within(3L));
        }
    }

    private static String told() {
        return browser.texts(STRIP + " .told").get(0);
    }

    private static List<Long> cell() {
        return browser.strings(CELL, STRIP).stream().map(Long::valueOf).toList();
    }

    private static List<Long> rgb(String name) {
        String css = browser.run(COLOUR, name).toString();
        return List.of(css.replaceAll("[^\\d,]", "").split(",")).stream()
                .map(Long::valueOf)
                .toList();
    }

    private ReportPage open(Result result) throws Exception {
        Path page = directory.resolve("page.html");
        try (OutputStream out = Files.newOutputStream(page)) {
            LoadPage.of("load", result).write(out);
        }
        ReportPage opened = new ReportPage(browser, page);
        browser.await("cells", () -> !browser.texts("figure[data-drawn]").isEmpty());
        return opened;
    }

    private static Result result(Measurement measurement) {
        return Result.of(measurement, Verdict.of(measurement, LENIENT));
    }

    private interface Namer {
        String name(int flow);
    }

    /** A real result with other flows, of whose cells none are alike; the first ones are dead. */
    private static Result flows(Namer namer, int count, int dead) throws Exception {
        Random random = new Random(1);
        List<FlowResult> flows = new ArrayList<>();
        List<FlowStrip.Row> rows = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            boolean lost = i < dead;
            String name = namer.name(i);
            Optional<Double> time =
                    lost ? Optional.empty() : Optional.of(100 * random.nextDouble());
            flows.add(
                    new FlowResult(
                            name,
                            name,
                            500,
                            lost ? 0 : 499,
                            0,
                            time,
                            time,
                            time,
                            time,
                            lost ? 1_000 : 0,
                            lost ? Optional.of(FlowResult.Fault.DEAD) : Optional.empty()));
            long[] sent = random.longs(128, 3, 6).toArray();
            rows.add(
                    new FlowStrip.Row(
                            name,
                            sent,
                            lost ? sent : random.longs(128, 0, 100).map(n -> n / 99).toArray(),
                            random.doubles(128)
                                    .map(n -> lost ? Double.NaN : 50 * Math.exp(n + n * n))
                                    .toArray()));
        }
        Paths paths =
                new Paths(
                        flows,
                        500L * count,
                        2L * count,
                        dead,
                        dead,
                        Optional.of(0.0),
                        0,
                        Optional.of(80.0),
                        1,
                        Outages.NONE,
                        0,
                        0,
                        20,
                        20,
                        0,
                        List.of(),
                        List.of(),
                        Optional.of(new FlowStrip(0.008, rows)));
        try (OddServer server = OddServer.udp((n, request, reply) -> reply.send(request))) {
            Result real = result(Loads.run(Loads.of(server.target(), Loads.OPEN, 5_000)));
            return with(paths, real.outcome(), real);
        }
    }

    private static Result with(Paths paths, Result.Outcome outcome, Result result) {
        return new Result(
                result.version(),
                result.target(),
                result.protocol(),
                result.transport(),
                result.embedded(),
                result.startedAt(),
                result.phase(),
                result.asked(),
                result.done(),
                result.counts(),
                result.life(),
                result.times(),
                result.intervals(),
                paths,
                outcome,
                result.generator(),
                result.machine(),
                result.merged(),
                result.command());
    }
}
