package io.echo.bench.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.echo.testing.Browser;
import io.echo.testing.Look;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.InflaterInputStream;
import java.util.zip.ZipException;

/** A report in a browser, as its readers use it. */
final class ReportPage {
    /** Lists each line of each chart: the canvas, its colour on this background, its own colour. */
    private static final String LINES =
            """
            const numbers = css => css.match(/[\\d.]+/g).map(Number);
            const paper = numbers(getComputedStyle(document.documentElement).backgroundColor);
            return [...document.querySelectorAll('figure.chart')].flatMap(figure =>
              [...figure.querySelectorAll('.legend svg > *')].map(line => {
                const {fill, stroke, opacity} = getComputedStyle(line);
                const colour = line.tagName === 'rect' ? fill : stroke;
                const seen = numbers(colour).map((v, i) => v * opacity + paper[i] * (1 - opacity));
                const canvas = `figure[data-chart=${figure.dataset.chart}] canvas`;
                return [canvas, seen, colour].join('|');
              }))
            """;

    private static final Pattern STREAM = Pattern.compile("stream\\r?\\n");
    private static final Pattern INK =
            Pattern.compile("([01]?\\.?\\d* [01]?\\.?\\d* [01]?\\.?\\d*) (?:RG|rg)\\b");
    private static final Pattern SHEET = Pattern.compile("/Type /Page\\b");

    private final Browser browser;

    /** Opens it. */
    ReportPage(Browser browser, Path file) {
        this.browser = browser;
        browser.open(file.toUri().toString());
        browser.await("charts", () -> !browser.texts(".chart canvas").isEmpty());
    }

    /** A chart with this id. */
    static String chart(String id) {
        return "figure[data-chart=" + id + "]";
    }

    /** Moves the cursor of a chart with the keyboard. */
    void press(String id, CharSequence... keys) {
        browser.press(chart(id) + " .plot[role=slider]", keys);
    }

    /** Moves it with the pointer, so far from the left. */
    void point(String id, double share) {
        browser.point(chart(id) + " .u-over", share);
    }

    /** The numbers under the cursor, one for each line, and last the place. */
    List<Double> said(String id) {
        return browser
                .strings(
                        "return [...document.querySelectorAll(arguments[0])].map(e => e.value)",
                        chart(id) + " .legend data")
                .stream()
                .map(Double::valueOf)
                .toList();
    }

    /** Returns what a screen reader says about them. */
    String readOut(String id) {
        return browser.run(
                        "return document.querySelector(arguments[0])"
                                + ".getAttribute('aria-valuetext')",
                        chart(id) + " .plot")
                .toString();
    }

    /** All of it is there, on a screen and on paper, and nothing came from elsewhere. */
    void assertWhole(String name) throws IOException {
        assertDrawn();
        Look.assertFine(browser, name);
        assertPrinted(name);
        assertThat(browser.console()).isEmpty();
        assertThat(browser.requests()).allMatch(url -> url.startsWith("file:"));
    }

    /** Each line of each chart has left its colour in the picture. */
    private void assertDrawn() {
        List<String> lines = browser.strings(LINES);
        assertThat(lines).isNotEmpty();
        for (String line : lines) {
            String[] parts = line.split("\\|");
            assertThat(Look.pixels(browser, parts[0], parts[1])).as(line).isPositive();
        }
    }

    /** On paper there is each colour of each chart, as it is in the light, and not one sheet. */
    private void assertPrinted(String name) throws IOException {
        browser.prefer("light");
        List<String> lines = browser.strings(LINES);
        browser.prefer("dark");
        String pdf = browser.print(name);
        assertThat(SHEET.matcher(pdf).results().count()).isGreaterThan(1);
        Set<String> inks = inks(inflated(pdf));
        for (String line : lines) {
            assertThat(inks).contains(line.split("\\|")[2]);
        }
    }

    /** The colours that a document draws with, as CSS has them. */
    private static Set<String> inks(String drawn) {
        return INK.matcher(drawn)
                .results()
                .map(
                        ink ->
                                Stream.of(ink.group(1).split(" "))
                                        .mapToDouble(Double::parseDouble)
                                        .mapToObj(part -> String.valueOf(Math.round(255 * part)))
                                        .collect(Collectors.joining(", ", "rgb(", ")")))
                .collect(Collectors.toSet());
    }

    /** Returns the inflated streams of a document. */
    private static String inflated(String pdf) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        Matcher stream = STREAM.matcher(pdf);
        while (stream.find()) {
            byte[] packed = pdf.substring(stream.end()).getBytes(StandardCharsets.ISO_8859_1);
            try (InputStream in = new InflaterInputStream(new ByteArrayInputStream(packed))) {
                in.transferTo(all);
            } catch (ZipException e) {
                all.write('\n'); // A stream of another kind.
            }
        }
        return all.toString(StandardCharsets.ISO_8859_1);
    }
}
