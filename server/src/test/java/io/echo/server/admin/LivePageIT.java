package io.echo.server.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.echo.net.Transport;
import io.echo.server.EchoServer;
import io.echo.server.EventStream;
import io.echo.server.Peers;
import io.echo.server.PrefixProxy;
import io.echo.server.ServerProcess;
import io.echo.server.TestServers;
import io.echo.server.Traffic;
import io.echo.server.UdpPeer;
import io.echo.testing.Browser;
import io.echo.testing.Look;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.Keys;

/** The live page in a browser, under real load and in each failure. */
@Timeout(180)
@SuppressWarnings("try") // That there is traffic is the point.
class LivePageIT {
    private static final String RATES = "#udp-charts figure:nth-of-type(1)";
    private static final String TIMES = "#udp-charts figure:nth-of-type(2)";
    private static final String STREAM_TIMES = "#tcp-charts figure:nth-of-type(2)";

    private static Browser browser;

    @TempDir private Path dir;

    @BeforeAll
    static void openBrowser() {
        browser = new Browser("--host-resolver-rules=MAP rebound.example 127.0.0.1");
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

    @Tag("long")
    @Test
    void showsWhatTheServerDoesUnderLoad() throws Exception {
        try (ServerProcess server = start("--port", "0", "--deny", "127.0.0.9");
                Traffic traffic = new Traffic(server.port("udp"))) {
            open(server);
            browser.await("a rate", () -> !reading(RATES, 1).matches("–|0"));
            Traffic.sendFrom("127.0.0.9", server.port("udp"), 3);
            browser.await("three denied", () -> denied().equals("3"));
            assertThat(browser.texts("#troubles li"))
                    .contains("Datagrams dropped, denied: outside --allow, or inside --deny.");
            String before = reading(RATES, 1);
            browser.await("movement", () -> !reading(RATES, 1).equals(before));
            int port = server.port("admin");
            awaitSeconds(6, server);

            browser.point(RATES + " .u-over", 1 - 4.0 / 60);
            assertShown(port);
            browser.point("h1", 0.5);
            browser.press(RATES + " .plot", Keys.ARROW_LEFT, Keys.ARROW_LEFT, Keys.ARROW_LEFT);
            assertSpoken(port);
            browser.press(RATES + " .plot", Keys.ESCAPE);
            assertThat(browser.texts(RATES + " .moment")).containsExactly("");

            assertDrawn();
            assertThat(browser.console()).isEmpty();
            assertThat(browser.requests()).isNotEmpty().allMatch(url -> url.startsWith(url(port)));
            Look.assertFine(browser, "live");
        }
    }

    /** The trouble comes first, and the table begins with the reason. */
    @Test
    void saysFirstThatMostIsDroppedOrRejectedAndWhy() throws Exception {
        try (ServerProcess server = start("--port", "0", "--deny", "127.0.0.9,127.0.0.8");
                UdpPeer peer = UdpPeer.at("127.0.0.1")) {
            int port = server.port("udp");
            InetSocketAddress address = new InetSocketAddress(TestServers.loopback(), port);
            open(server);
            browser.await(
                    "a headline",
                    () -> {
                        peer.exchange(new byte[1], address);
                        Traffic.sendFrom("127.0.0.9", port, 4);
                        return browser.text("#state").equals("Dropping about 80 % of datagrams");
                    });
            assertThat(browser.texts("#troubles li").get(0))
                    .isEqualTo("Datagrams dropped, denied: outside --allow, or inside --deny.");
            String name = new String(Peers.run(new byte[0], "hostname").out()).strip() + ":" + port;
            assertThat(browser.text("h1")).isEqualTo("Echo " + name);
            assertThat(browser.title()).isEqualTo(browser.text("#state") + " - Echo " + name);
            assertThat(browser.texts("#reasons tbody tr:first-child th").get(0))
                    .startsWith("denied");
            browser.shoot("live-dropping");
            browser.await(
                    "another",
                    () -> {
                        try (Socket refused = new Socket()) {
                            refused.bind(new InetSocketAddress("127.0.0.8", 0));
                            refused.connect(address);
                        }
                        return browser.text("#state").matches("(?i).*rejecting all connections");
                    });
            assertThat(browser.console()).isEmpty();
        }
    }

    /** The page of a stranger whose name has come to mean this machine reads nothing. */
    @Test
    void isClosedToAPageThatRebindsItsName() throws Exception {
        try (ServerProcess server = start("--port", "0")) {
            String theirs = "http://rebound.example:" + server.port("admin") + "/";
            browser.open(theirs);
            for (String path : List.of("", "info", "metrics", "events")) {
                assertThat(
                                browser.run(
                                        "return fetch(arguments[0]).then(r => r.text())",
                                        theirs + path))
                        .asString()
                        .as(path)
                        .startsWith("the admin port does not answer to the name")
                        .hasLineCount(1);
            }
            browser.open("http://echo.localhost:" + server.port("admin") + "/");
            awaitState("Serving");
        }
    }

    @Test
    @Tag("long")
    void saysThatTheServerDrainsHasStoppedHasDiedAndIsBack() throws Exception {
        List<String> ports;
        try (ServerProcess server = start("--port", "0", "--drain-delay", "5s")) {
            ports =
                    List.of(
                            "--port",
                            "" + server.port("udp"),
                            "--admin-port",
                            "" + server.port("admin"));
            open(server);
            try (Traffic traffic = new Traffic(server.port("udp"))) {
                awaitSeconds(3, server);
                server.terminate(); // It goes on for a while.
                awaitState("Draining");
                browser.shoot("live-draining");
            }
            awaitState("Stopped");
            assertThat(server.exitCode()).isZero();
            browser.await("a wish", () -> detail().endsWith("Waiting for it to come back."));
            browser.shoot("live-stopped");
        }
        try (ServerProcess server = start(ports.toArray(String[]::new))) {
            awaitState("Serving");
            assertThat(detail()).startsWith("Restarted at ");
            awaitSeconds(2, server);
            browser.shoot("live-restarted");
        } // It is killed here.
        awaitState("Connection lost");
        assertThat(detail()).startsWith("Last seen at ").endsWith("Trying again.");
        assertThat(browser.console())
                .allMatch(line -> line.contains("net::ERR_") || line.contains("status of 503"));
        Look.assertFine(browser, "live-lost");
        try (ServerProcess server = start(ports.toArray(String[]::new))) {
            awaitState("Serving");
        }
    }

    /** Traffic that is still served is still shown. */
    @Test
    @Tag("long")
    void saysWhyTheServerIsNotReadyAndWhenItIsAgain() throws Exception {
        try (EchoServer server = TestServers.start(Transport.NIO);
                Socket stream = new Socket(TestServers.loopback(), TestServers.port(server))) {
            browser.open(url(server.addresses().admin().orElseThrow().getPort()));
            awaitState("Serving");
            try (DatagramSocket other = TestServers.takeUdpPortFrom(server)) {
                awaitState("Not ready");
                assertThat(detail()).matches("No echo over udp.*: [^:]+\\.");
                stream.getOutputStream().write(1);
                assertThat(stream.getInputStream().read()).isEqualTo(1);
                browser.await("an echo", () -> !reading("#tcp-charts", 1).matches("–|0.*"));
                String colour =
                        browser.run(
                                        """
                                        return getComputedStyle(
                                            document.querySelector(arguments[0]), '::before')
                                          .borderTopColor
                                        """,
                                        STREAM_TIMES + " dt")
                                .toString();
                browser.await(
                        "a dot", () -> Look.pixels(browser, STREAM_TIMES + " canvas", colour) > 5);
                Look.assertFine(browser, "live-not-ready");
            }
            awaitState("Serving");
            assertThat(browser.console()).isEmpty();
        }
    }

    @Tag("long")
    @Test
    void worksUnderAPathOfAProxy() throws Exception {
        try (ServerProcess server = start("--port", "0");
                PrefixProxy proxy = new PrefixProxy("/tools/echo", server.port("admin"))) {
            for (String slash : List.of("/", "")) {
                browser.open(proxy.url() + slash);
                awaitState("Serving");
                browser.await("numbers", () -> !reading("#server-charts", 1).equals("–"));
                assertThat(
                                browser.strings(
                                        "return [...document.querySelectorAll('a')].map(a =>"
                                                + " a.href)"))
                        .contains(proxy.url() + "/metrics", proxy.url() + "/readyz")
                        .allMatch(link -> link.startsWith(proxy.url() + "/"));
                assertThat(browser.requests())
                        .contains(proxy.url() + "/events")
                        .allMatch(url -> url.startsWith(proxy.url()));
                assertThat(browser.console()).isEmpty();
            }
        }
    }

    @Tag("long")
    @Test
    void saysThatNoMoreMayWatchAndTakesNoPlaceUnseen() throws Exception {
        try (ServerProcess server = start("--port", "0")) {
            int port = server.port("admin");
            List<EventStream> viewers = new ArrayList<>();
            for (int i = 0; i < LiveEvents.MAX_VIEWERS; i++) {
                viewers.add(new EventStream(port));
            }
            browser.open(url(port));
            awaitState("Not connected");
            assertThat(detail())
                    .isEqualTo("16 viewers are all that may watch at once. Trying again.");
            Look.assertFine(browser, "live-refused");
            viewers.remove(0).close();
            awaitState("Serving");
            browser.hidden(
                    () ->
                            browser.await(
                                    "its place",
                                    () -> {
                                        EventStream viewer = new EventStream(port);
                                        viewers.add(viewer);
                                        return viewer.head().contains(" 200 ");
                                    }));
            awaitState("Not connected");
            for (EventStream viewer : viewers) {
                viewer.close();
            }
            awaitState("Serving");
        }
    }

    private ServerProcess start(String... arguments) throws IOException {
        List<String> all = new ArrayList<>(List.of("--host", "127.0.0.1"));
        all.addAll(List.of(arguments));
        return ServerProcess.start(dir.resolve("err"), all.toArray(String[]::new));
    }

    private static void open(ServerProcess server) {
        browser.open(url(server.port("admin")));
        awaitState("Serving");
    }

    /** Waits until there is so much to see. */
    private static void awaitSeconds(int seconds, ServerProcess server) {
        int port = server.port("admin");
        browser.await("some seconds", () -> new LiveReading(port).size() > seconds);
    }

    private static String url(int port) {
        return "http://127.0.0.1:" + port + "/";
    }

    private static void awaitState(String state) {
        browser.await(state, () -> browser.text("#state").equals(state));
        assertThat(browser.title()).startsWith(state + " - Echo");
    }

    private static String detail() {
        return browser.text("#detail");
    }

    private static String denied() {
        return browser.texts(
                        "[data-series='echo_udp_datagrams_dropped_total{reason=\"denied\"}']"
                                + " td")
                .get(1);
    }

    private static String reading(String chart, int line) {
        return browser.texts(chart + " dd").get(line - 1);
    }

    /** Checks the figures at the UDP charts, in order: the moment, four numbers, and two times. */
    private static void assertShown(int port) throws IOException {
        List<String> said = browser.texts(RATES + " .moment, " + RATES + " dd, " + TIMES + " dd");
        assertThat(said.get(0)).matches("\\d\\d:\\d\\d:\\d\\d");
        new LiveReading(port)
                .assertShown(
                        said.get(0),
                        Map.of(
                                "echo_udp_datagrams_received_total", said.get(1),
                                "echo_udp_datagrams_echoed_total", said.get(2),
                                "echo_udp_datagrams_dropped_total", said.get(3),
                                "echo_udp_bytes_received_total", said.get(4)),
                        Map.of("echo_time_seconds{protocol=\"udp\"}", said.get(6)));
    }

    /** Checks that a screen reader says after a key press what the page shows. */
    private static void assertSpoken(int port) throws IOException {
        String spoken = browser.texts("#spoken").get(0);
        assertThat(spoken)
                .matches(
                        "[\\d:]{8}, received [\\d,]+, echoed [\\d,]+, dropped [\\d,]+, payload in"
                                + " .+");
        String[] words = spoken.split(", [a-z ]+ ");
        new LiveReading(port)
                .assertShown(
                        words[0],
                        Map.of(
                                "echo_udp_datagrams_received_total", words[1],
                                "echo_udp_datagrams_echoed_total", words[2],
                                "echo_udp_datagrams_dropped_total", words[3],
                                "echo_udp_bytes_received_total", words[4]),
                        Map.of());
    }

    /** Every line whose number is not nothing can be seen in its chart. */
    private static void assertDrawn() {
        List<String> lines =
                browser.strings(
                        """
                        const pairs = [...document.querySelectorAll('.pair')].filter(p => p.id);
                        return pairs.flatMap(pair =>
                          [...pair.querySelectorAll('figure')].flatMap((figure, i) =>
                            [...figure.querySelectorAll('dl div')]
                              .filter(one => one.firstChild.dataset.colour !== 'none'
                                  && !['–', '0', '0 B'].includes(one.lastChild.textContent))
                              .map(one => `#${pair.id} figure:nth-of-type(${i + 1}) canvas|`
                                  + getComputedStyle(one.firstChild, '::before').borderTopColor)))
                        """);
        assertThat(lines).hasSizeGreaterThanOrEqualTo(9);
        for (String line : lines) {
            String[] parts = line.split("\\|");
            assertThat(Look.pixels(browser, parts[0], parts[1])).as(line).isGreaterThan(5);
        }
    }
}
