package io.echo.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Checks that every page must pass: layout, themes and accessibility. */
public final class Look {
    private Look() {}

    /**
     * Checks that the page fits both screens in both themes, and that axe-core finds no fault in
     * the light theme on a desk and in the dark one on a phone; saves pictures for people to look
     * at.
     */
    public static void assertFine(Browser browser, String name) throws IOException {
        for (Browser.Screen screen : Browser.Screen.values()) {
            browser.show(screen);
            for (String theme : List.of("light", "dark")) {
                browser.prefer(theme);
                assertFits(browser);
                browser.shoot(name + "-" + screen + "-" + theme);
            }
            browser.prefer(screen == Browser.Screen.DESK ? "light" : "dark");
            assertAccessible(browser);
        }
    }

    /** Checks that nothing overflows the width of the page, once it has its new size. */
    private static void assertFits(Browser browser) {
        browser.await(
                "nothing beside the page",
                () ->
                        browser.run(
                                        "const {scrollWidth, clientWidth} ="
                                                + " document.documentElement;return scrollWidth ==="
                                                + " clientWidth")
                                .equals(true));
    }

    /** Checks that axe-core finds no fault. */
    private static void assertAccessible(Browser browser) throws IOException {
        try (InputStream axe = Look.class.getResourceAsStream("/axe.min.js")) {
            browser.run(new String(axe.readAllBytes(), StandardCharsets.UTF_8));
        }
        Object violations =
                browser.runAsync(
                        "axe.run().then(found => arguments[0](found.violations.flatMap(v =>"
                            + " v.nodes.map(n => [v.id, n.html, n.failureSummary].join(' ')))))");
        assertThat((List<?>) violations).isEmpty();
    }

    /** Counts the pixels of a canvas that have about this colour, given as CSS computes it. */
    public static long pixels(Browser browser, String canvas, String colour) {
        return (long)
                browser.run(
                        """
                        const from = document.querySelector(arguments[0]);
                        const copy = document.createElement('canvas');
                        copy.width = from.width;
                        copy.height = from.height;
                        const c = copy.getContext('2d', {willReadFrequently: true});
                        c.drawImage(from, 0, 0);
                        const wanted = arguments[1].match(/[\\d.]+/g).slice(0, 3).map(Number);
                        const all = c.getImageData(0, 0, copy.width, copy.height).data;
                        let found = 0;
                        for (let i = 0; i < all.length; i += 4) {
                          const near = wanted.every((v, j) => Math.abs(v - all[i + j]) < 24);
                          found += all[i + 3] > 200 && near;
                        }
                        return found;
                        """,
                        canvas,
                        colour);
    }
}
