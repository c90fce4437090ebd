package io.echo.bench.result;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import io.echo.bench.command.MergeCommand;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/** Results that mean different things are not added, or only when that is asked for. */
class MergedKindsTest {
    private static final String OPEN = SampleResults.line("udp://a:1", 100, 10);
    private static final String CLOSED = SampleResults.closed("udp://a:1", 200, 10);

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    private int merge(String input, String... args) throws Exception {
        PrintStream print = new PrintStream(out, true, StandardCharsets.UTF_8);
        MergeCommand command =
                new MergeCommand(
                        new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)),
                        print,
                        print);
        new CommandLine(command).parseArgs(args);
        return command.call();
    }

    private static String with(String line, String path, JsonElement value) {
        JsonObject json = JsonParser.parseString(line).getAsJsonObject();
        JsonObject parent = json;
        String[] names = path.split("[.]");
        for (int i = 0; i < names.length - 1; i++) {
            parent = parent.getAsJsonObject(names[i]);
        }
        parent.add(names[names.length - 1], value);
        json.addProperty("started_at", "2026-01-31T12:00:00.010Z");
        return ResultJson.line(json);
    }

    @Test
    void neverAddsAnOpenLoopToAClosedOne() {
        for (String[] flags : new String[][] {{}, {"--mix"}}) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> merge(OPEN + "\n" + CLOSED, flags))
                    .withMessageStartingWith("results of open and closed loop cannot be added")
                    .withMessageEndingWith("got 1 open and 1 closed");
        }
        assertThat(out.size()).isZero();
    }

    @ParameterizedTest
    @CsvSource({
        "generator.window, 16, loop (window 1 and window 16)",
        "generator.timeout_s, 5, timeout (1 s and 5 s)",
        "size_bytes, 1400, size (1400 bytes and 64 bytes)"
    })
    void addsOtherSettingsOnlyWithMix(String path, int value, String difference) throws Exception {
        String both = CLOSED + "\n" + with(CLOSED, path, new JsonPrimitive(value));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> merge(both))
                .withMessage("results differ in " + difference + "; --mix adds them all the same");
        assertThat(merge(both, "--mix")).isZero();
        assertThat(out.toString(StandardCharsets.UTF_8)).contains("20 sent, 20 received");
    }

    /** A run that goes on when the others are over does not have their rate then. */
    @Test
    void takesMeansOfRunsThatWereNotOfOneLength() throws Exception {
        String twice = with(OPEN, "duration_s", new JsonPrimitive(2));
        for (String rate : new String[] {"rate_sent", "rate_replied", "rate_achieved"}) {
            twice = with(twice, rate, new JsonPrimitive(5));
        }
        for (String done : new String[] {"rate", "duration_s"}) {
            twice = with(twice, "done." + done, new JsonPrimitive(done.equals("rate") ? 5 : 2));
        }
        twice =
                with(
                        twice.replace("\"to_s\":1,", "\"to_s\":2,"),
                        "rate_requested",
                        new JsonPrimitive(5));
        twice = with(twice, "asked.rate", new JsonPrimitive(5));
        assertThat(merge(OPEN + "\n" + twice)).isZero();
        // Twenty probes in two seconds and a hundredth, and not ten and five a second.
        assertThat(out.toString(StandardCharsets.UTF_8))
                .containsPattern("rate +10[.]0/s")
                .contains("together for 0.990 s, the longest took 2.000 s");
    }

    @ParameterizedTest
    @CsvSource({"limit, limit, 3", "service, limit, 1", "limit, service, 1", "valid, service, 4"})
    void endsWithTheCodeOfTheGravestResult(String first, String second, int code) throws Exception {
        String other = with(failed(second), "duration_s", new JsonPrimitive(1));
        assertThat(merge(failed(first) + "\n" + other)).isEqualTo(code);
        assertThat(out.toString(StandardCharsets.UTF_8)).startsWith("FAILED: result 1: down");
    }

    @Test
    void aSumStandsForItsParts() throws Exception {
        String other = with(OPEN, "duration_s", new JsonPrimitive(1));
        String third = with(OPEN, "target", new JsonPrimitive("udp://b:1"));
        String sum = sum(OPEN, other);
        for (String again : List.of(OPEN, other, sum, sum(third, other))) {
            assertThatIOException()
                    .isThrownBy(() -> merge(sum + "\n" + again, "--mix"))
                    .withMessage("line 2 of stdin holds the same result as line 1 of stdin");
        }
        out.reset();
        assertThat(merge(sum + "\n" + third, "--mix")).isZero();
        assertThat(out.toString(StandardCharsets.UTF_8)).contains("merged        3 results");
    }

    @ParameterizedTest
    @CsvSource({"limit, 3", "service, 1", "valid, 4"})
    void aSumKeepsTheCodeOfItsGravestPart(String decides, int code) throws Exception {
        assertThat(merge(sum(OPEN, with(failed(decides), "duration_s", new JsonPrimitive(1)))))
                .isEqualTo(code);
    }

    private String sum(String... results) throws Exception {
        out.reset();
        merge(String.join("\n", results), "--json=-", "--mix");
        String sum =
                out.toString(StandardCharsets.UTF_8)
                        .lines()
                        .filter(line -> line.startsWith("{"))
                        .findFirst()
                        .orElseThrow();
        out.reset();
        return sum;
    }

    private static String failed(String decides) {
        String check =
                "{'figure':'time without a connection','flag':null,'decides':'%s','at_most':1,"
                        + "'measured':50,'unit':'%%','met':false}";
        return OPEN.replace("\"checks\":[]", "\"checks\":[" + check.formatted(decides) + "]")
                .replace("'", "\"")
                .replace("\"valid\":true", "\"valid\":" + !decides.equals("valid"))
                .replace("\"failures\":[]", "\"failures\":[\"down\"]");
    }
}
