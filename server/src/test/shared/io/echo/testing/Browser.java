package io.echo.testing;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.openqa.selenium.By;
import org.openqa.selenium.StaleElementReferenceException;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.WindowType;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.interactions.Actions;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.logging.LoggingPreferences;
import org.openqa.selenium.print.PrintOptions;
import org.openqa.selenium.support.ui.WebDriverWait;

/** A Chromium without a screen, and what a person would see of a page in it. */
public final class Browser implements AutoCloseable {
    /** Sizes of the window that shows a page, in pixels. */
    public enum Screen {
        DESK(1100, 900),
        PHONE(360, 740);

        private final int width;
        private final int height;

        Screen(int width, int height) {
            this.width = width;
            this.height = height;
        }
    }

    /** Longest wait for a page; an idle machine never needs it. */
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private static final Path SHOTS = Path.of("target", "screenshots");

    /** Logger of Selenium; its warning about a browser newer than itself does not matter here. */
    private static final Logger SELENIUM = Logger.getLogger("org.openqa.selenium");

    private final ChromeDriver driver;

    /** Starts one with these more flags; ends the test where there is none. */
    public Browser(String... flags) {
        SELENIUM.setLevel(Level.SEVERE);
        ChromeOptions options = new ChromeOptions();
        options.setBinary(Programs.require("chromium"));
        options.addArguments("--headless=new", "--no-sandbox", "--disable-gpu");
        options.addArguments("--disable-dev-shm-usage", "--hide-scrollbars");
        options.addArguments(flags);
        LoggingPreferences logs = new LoggingPreferences();
        logs.enable(LogType.BROWSER, Level.ALL);
        logs.enable(LogType.PERFORMANCE, Level.ALL);
        options.setCapability("goog:loggingPrefs", logs);
        // Else Selenium would look for one to download.
        System.setProperty("webdriver.chrome.driver", Programs.require("chromedriver"));
        driver = new ChromeDriver(options);
        show(Screen.DESK);
        prefer("light");
    }

    /** Leaves a page, forgets what was logged of it, and opens another. */
    public void open(String url) {
        driver.get("about:blank");
        console();
        requests();
        driver.get(url);
    }

    /** Opens another tab, which hides this one, for as long as the action takes. */
    public void hidden(Runnable action) {
        String tab = driver.getWindowHandle();
        driver.switchTo().newWindow(WindowType.TAB);
        action.run();
        driver.close();
        driver.switchTo().window(tab);
    }

    /** Has the page on a screen of this size. */
    public void show(Screen screen) {
        driver.executeCdpCommand(
                "Emulation.setDeviceMetricsOverride",
                Map.of(
                        "width",
                        screen.width,
                        "height",
                        screen.height,
                        "deviceScaleFactor",
                        1,
                        "mobile",
                        false));
    }

    /** Has the system ask for {@code light} or {@code dark}. */
    public void prefer(String scheme) {
        Map<String, String> feature = Map.of("name", "prefers-color-scheme", "value", scheme);
        driver.executeCdpCommand(
                "Emulation.setEmulatedMedia", Map.of("features", List.of(feature)));
    }

    /** Runs a script before those of the pages that are opened from now on. */
    public void runFirst(String script) {
        driver.executeCdpCommand("Page.addScriptToEvaluateOnNewDocument", Map.of("source", script));
    }

    /** Runs a script and returns its result. */
    public Object run(String script, Object... arguments) {
        return driver.executeScript(script, arguments);
    }

    /** Runs a script and returns what it passes to its last argument, a callback. */
    Object runAsync(String script) {
        return driver.executeAsyncScript(script);
    }

    public String title() {
        return driver.getTitle();
    }

    /** Returns the visible text of the first element that is selected. */
    public String text(String selector) {
        return find(selector).getText();
    }

    /** The text of all of them, seen or not. */
    public List<String> texts(String selector) {
        return strings(
                "return [...document.querySelectorAll(arguments[0])]"
                        + ".map(e => e.textContent.trim())",
                selector);
    }

    /** Runs a script and returns its result as a list of strings. */
    public List<String> strings(String script, Object... arguments) {
        return ((List<?>) run(script, arguments)).stream().map(String::valueOf).toList();
    }

    public void click(String selector) {
        find(selector).click();
    }

    /** Presses keys with this element in focus. */
    public void press(String selector, CharSequence... keys) {
        find(selector).sendKeys(keys);
    }

    /** Moves the pointer into an element, so far from its left edge to its right one. */
    public void point(String selector, double share) {
        WebElement element = find(selector);
        run("arguments[0].scrollIntoView({block: 'center'})", element);
        int width = element.getSize().width;
        int x = (int) Math.round(Math.min(width - 1, Math.max(1, share * width))) - width / 2;
        new Actions(driver).moveToElement(element, x, 0).perform();
    }

    /** Moves the pointer into an element, so far from its left edge and from its top. */
    public void point(String selector, double share, int fromTop) {
        WebElement element = find(selector);
        run("arguments[0].scrollIntoView({block: 'center'})", element);
        int width = element.getSize().width;
        int x = (int) Math.round(share * width) - width / 2;
        int y = fromTop - element.getSize().height / 2;
        new Actions(driver).moveToElement(element, x, y).perform();
    }

    /** Waits until a condition holds. */
    public void await(String what, Callable<Boolean> condition) {
        new WebDriverWait(driver, PATIENCE, Duration.ofMillis(20))
                .ignoring(StaleElementReferenceException.class, AssertionError.class)
                .withMessage(() -> what + ", but the page reads: " + text("body"))
                .until(
                        any -> {
                            try {
                                return condition.call();
                            } catch (RuntimeException e) {
                                throw e;
                            } catch (Exception e) {
                                throw new IllegalStateException(e);
                            }
                        });
    }

    /** Saves a picture of the whole page, to be looked at. */
    public void shoot(String name) throws IOException {
        Object data =
                driver.executeCdpCommand(
                                "Page.captureScreenshot",
                                Map.of(
                                        "format",
                                        "png",
                                        "captureBeyondViewport",
                                        true,
                                        "clip",
                                        run(
                                                "const {scrollWidth: width, scrollHeight: height} ="
                                                    + " document.documentElement;return {x: 0, y:"
                                                    + " 0, width, height, scale: 1}")))
                        .get("data");
        Files.createDirectories(SHOTS);
        Files.write(SHOTS.resolve(name + ".png"), Base64.getDecoder().decode((String) data));
    }

    /** Prints the page, and keeps what lands on paper too; returns the PDF. */
    public String print(String name) throws IOException {
        byte[] pdf = Base64.getDecoder().decode(driver.print(new PrintOptions()).getContent());
        Files.createDirectories(SHOTS);
        Files.write(SHOTS.resolve(name + ".pdf"), pdf);
        return new String(pdf, StandardCharsets.ISO_8859_1);
    }

    /** Returns the console messages since the last call, violations of the policy included. */
    public List<String> console() {
        return driver.manage().logs().get(LogType.BROWSER).getAll().stream()
                .map(entry -> entry.getLevel() + " " + entry.getMessage())
                .toList();
    }

    /** The addresses that were asked for since the last call. */
    public List<String> requests() {
        return driver.manage().logs().get(LogType.PERFORMANCE).getAll().stream()
                .map(entry -> JsonParser.parseString(entry.getMessage()).getAsJsonObject())
                .map(entry -> entry.getAsJsonObject("message"))
                .filter(
                        event ->
                                event.get("method")
                                        .getAsString()
                                        .equals("Network.requestWillBeSent"))
                .map(event -> event.getAsJsonObject("params").getAsJsonObject("request"))
                .map((JsonObject request) -> request.get("url").getAsString())
                .toList();
    }

    @Override
    public void close() {
        driver.quit();
    }

    private WebElement find(String selector) {
        return driver.findElement(By.cssSelector(selector));
    }
}
