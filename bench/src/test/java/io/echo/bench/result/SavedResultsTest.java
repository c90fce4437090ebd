package io.echo.bench.result;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import io.echo.bench.command.MergeCommand;
import io.echo.bench.load.Loads;
import io.echo.bench.load.Measurement;
import io.echo.bench.load.OddServer;
import io.echo.bench.verdict.PassCriteria;
import io.echo.bench.verdict.Verdict;
import io.echo.client.probe.ProbeSizes;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/** Merge and compare, on results that are made here. */
class SavedResultsTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    @TempDir private Path directory;

    private static String result(String target, long us, long count) {
        return SampleResults.line(target, us, count);
    }

    private PrintStream print() {
        return new PrintStream(out, true, StandardCharsets.UTF_8);
    }

    private String out() {
        return out.toString(StandardCharsets.UTF_8);
    }

    private int merge(String input, String... args) throws Exception {
        InputStream in = new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8));
        MergeCommand command = new MergeCommand(in, print(), print());
        new CommandLine(command).parseArgs(args);
        return command.call();
    }

    @Test
    void addsHistogramsInsteadOfAveragingPercentiles() throws Exception {
        // One slow generator of ten: its share is in the sum's tail, whatever its own p99 is.
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < 9; i++) {
            lines.add(
                    "[pod{"
                            + i
                            + "}] 12:00:01 INFO "
                            + result("udp://a:1", 100, 1_000).replace(":00Z", ":00.0" + i + "Z"));
        }
        lines.add("pod-9 {not json");
        lines.add("pod-9 " + result("udp://a:1", 9_000, 1_000));
        Path file = directory.resolve("sum.json");
        assertThat(merge(String.join("\n", lines), "--json", file.toString())).isZero();
        JsonObject sum = JsonParser.parseString(Files.readString(file)).getAsJsonObject();
        assertThat(sum.get("sent").getAsLong()).isEqualTo(10_000);
        assertThat(sum.get("rate_achieved").getAsDouble()).isEqualTo(10_000);
        JsonObject latency = sum.getAsJsonObject("latency_us");
        assertThat(latency.get("p90").getAsDouble()).isBetween(99.0, 101.0);
        assertThat(latency.get("p99").getAsDouble()).isBetween(8_990.0, 9_010.0);
        assertThat(latency.get("mean").getAsDouble()).isBetween(980.0, 1_000.0);
        assertThat(sum.get("send_lateness_us").isJsonNull()).isTrue();
        assertThat(out()).contains("10 results").contains("10,000.0/s");
        String another = lines.get(0).replace(":00.00Z", ":00.1Z");
        assertThat(merge(Files.readString(file) + "\n" + another)).isZero();
        assertThat(out()).contains("11 results");
    }

    @Test
    void warnsOfRatesThatWereNotSentAtOnce() throws Exception {
        String first = result("udp://a:1", 1, 10);
        assertThat(merge(first + "\n" + first.replace("12:00:00Z", "12:00:00.050Z"))).isZero();
        assertThat(out()).doesNotContain("warning");
        Path file = directory.resolve("sum.json");
        String later = first.replace("12:00:00Z", "12:00:00.700Z");
        assertThat(merge(first + "\n" + later, "--json", file.toString())).isZero();
        assertThat(out())
                .contains(
                        "warning: all runs were under way together for 0.300 s, the longest took"
                                + " 1.000 s: rates are means from the first start to the last end");
        assertThat(Files.readString(file)).contains("\"warnings\":[\"all runs were");
        assertThat(merge(first + "\n" + first.replace("12:00:00Z", "12:01:00Z"))).isZero();
        assertThat(out()).contains("together for 0.000 s");
        // Ten probes a second in the first and in the last of 61 seconds.
        assertThat(out().substring(out().indexOf("0.000 s"))).containsPattern("rate +0\\.3/s");
    }

    @Test
    void mergesTheExactExtremes() throws Exception {
        String slow = withExtremes(result("udp://a:1", 3_648, 10), 3_647.9, 3_648.123);
        String quick = withExtremes(result("udp://a:1", 9, 10), 9.001, 9.006);
        Path file = directory.resolve("sum.json");
        assertThat(merge(slow + "\n" + quick, "--json", file.toString())).isZero();
        JsonObject latency =
                JsonParser.parseString(Files.readString(file))
                        .getAsJsonObject()
                        .getAsJsonObject("latency_us");
        assertThat(latency.get("min").getAsDouble()).isEqualTo(9.001);
        assertThat(latency.get("max").getAsDouble()).isEqualTo(3_648.123);
        assertThat(latency.get("p99_99").getAsDouble()).isEqualTo(3_648.123);
    }

    /** A result that is read and written again is the same, to the byte. */
    @Test
    void writesAgainWhatItReads() throws Exception {
        String line;
        OddServer.Datagrams narrow =
                (n, request, reply) -> {
                    if (request.length <= 1_200) {
                        reply.send(request);
                    }
                };
        try (OddServer echo = OddServer.udp(narrow)) {
            ProbeSizes sizes = ProbeSizes.parse("--size", "64,1473");
            Measurement measurement =
                    Loads.run(Loads.with(Loads.of(echo.target(), Loads.OPEN, 200), 1, sizes, 1));
            PassCriteria limits = PassCriteria.NONE.orLoss(0.001);
            Result result = Result.of(measurement, Verdict.of(measurement, limits));
            line = ResultJson.line(ResultJson.of(result.withCommand("load")));
            assertThat(line).contains("\"sent\":100,\"lost\":100,\"fault\":\"dead\"}]");
        }
        Path file = Files.writeString(directory.resolve("result.json"), line);
        List<Result> read = read(file.toString());
        assertThat(read).hasSize(1);
        assertThat(ResultJson.line(ResultJson.of(read.get(0)))).isEqualTo(line);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"schema\":1|\"schema\":2|schema must be 1, got 2",
                "2026-01-31T12:00:00Z|noon|started_at must be a time, got \"noon\"",
                "\"latency\":\"H|\"latency\":\"!|hdr must be a compressed histogram, got damaged"
                        + " text"
            })
    void refusesWhatIsNoResult(String from, String to, String message) throws Exception {
        String result = result("udp://a:1", 1, 10);
        assertThat(result).contains(from);
        assertThatIOException()
                .isThrownBy(() -> merge(result.replace(from, to)))
                .withMessage("line 1 of stdin: " + message);
    }

    /** But for what is each result's own, the sum says what its parts say. */
    @Test
    void saysOfTheSumAllThatCanBeAdded() throws Exception {
        JsonObject one;
        try (OddServer echo =
                OddServer.tcp(
                        stream -> stream.getInputStream().transferTo(stream.getOutputStream()))) {
            Measurement measurement = Loads.run(Loads.of(echo.target(), Loads.OPEN, 200));
            one = ResultJson.of(Result.of(measurement, Verdict.of(measurement, PassCriteria.NONE)));
        }
        JsonArray warnings = new JsonArray();
        warnings.add("a word");
        one.add("warnings", warnings);
        one.add("valid", new JsonPrimitive(true)); // whatever this machine did meanwhile
        one.add("checks", new JsonArray());
        Path file = directory.resolve("sum.json");
        String line = ResultJson.line(one);
        String at = one.get("started_at").getAsString();
        String later = line.replace(at, Instant.parse(at).plusNanos(1).toString());
        assertThat(merge(line + "\n" + later, "--json", file.toString())).isZero();
        JsonObject sum = JsonParser.parseString(Files.readString(file)).getAsJsonObject();
        Set<String> members = new LinkedHashSet<>(one.keySet());
        members.removeAll(List.of("checks", "machine"));
        members.addAll(List.of("results", "parts", "failed", "command"));
        assertThat(sum.keySet()).containsExactlyElementsOf(members);
        for (String same :
                List.of(
                        "latency_us",
                        "service_us",
                        "send_lateness_us",
                        "connect_us",
                        "target",
                        "protocol",
                        "transport",
                        "size_bytes",
                        "warmup_s",
                        "duration_s")) {
            assertThat(sum.get(same)).as(same).isEqualTo(one.get(same)).isNotNull();
        }
        assertThat(sum.getAsJsonObject("connect_us").get("p50").getAsDouble()).isPositive();
        assertThat(sum.getAsJsonObject("hdr").keySet())
                .isEqualTo(one.getAsJsonObject("hdr").keySet());
        JsonObject cost = one.getAsJsonObject("generator");
        JsonObject costs = sum.getAsJsonObject("generator");
        assertThat(costs.get("cpu_s").getAsDouble()).isEqualTo(2 * cost.get("cpu_s").getAsDouble());
        assertThat(costs.get("loops").getAsLong()).isEqualTo(2);
        assertThat(costs.get("timeout_s")).isEqualTo(cost.get("timeout_s"));
        assertThat(out())
                .contains("warning: result 1: a word", "warning: result 2: a word")
                .contains("0 duplicated, 0 reordered", "send lateness ", "connect ");
    }

    private static String withExtremes(String result, double min, double max) {
        JsonObject json = JsonParser.parseString(result).getAsJsonObject();
        json.getAsJsonObject("latency_us").addProperty("min", min);
        for (String figure : List.of("mean", "p50", "p90", "p99", "p99_9", "p99_99", "max")) {
            json.getAsJsonObject("latency_us").addProperty(figure, max);
        }
        return ResultJson.line(json);
    }

    @Test
    void mixesTargetsOnlyWhenTold() throws Exception {
        String both = result("udp://a:1", 1, 10) + "\n" + result("udp://b:1", 1, 10);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> merge(both))
                .withMessage(
                        "results differ in target (udp://a:1 and udp://b:1); --mix adds them all"
                                + " the same");
        Path file = directory.resolve("sum.json");
        assertThat(merge(both, "--mix", "--json", file.toString())).isZero();
        assertThat(Files.readString(file)).contains("\"target\":\"udp://a:1 and udp://b:1\"");
    }

    @Test
    void keepsWhatWasNotValidInvalid() throws Exception {
        String bad =
                result("udp://a:1", 1, 10)
                        .replace("\"valid\":true", "\"valid\":false")
                        .replace("\"failures\":[]", "\"failures\":[\"late\"]");
        assertThat(merge(result("udp://a:1", 2, 10) + "\n" + bad)).isEqualTo(4);
        assertThat(out()).startsWith("FAILED: result 2: late");
    }

    @Test
    void letsNothingInAResultBecomeMarkup() throws Exception {
        Path page = directory.resolve("sum.html");
        String evil = "</script><img src=x onerror=alert(1)>";
        assertThat(merge(result("udp://" + evil, 100, 10), "--html", page.toString())).isZero();
        String html = Files.readString(page);
        assertThat(html)
                .contains("&lt;/script&gt;&lt;img src")
                .contains("script-src &#39;sha256-")
                .doesNotContain("<img");
        assertThat(html.split("</script>", -1)).hasSize(7); // data, uPlot, and four of ours
    }

    private static List<Result> read(String name) throws IOException {
        return new SavedResults(InputStream.nullInputStream()).read(name);
    }

    private static List<Result> scan(String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return new SavedResults(new ByteArrayInputStream(bytes)).read("-");
    }

    @Test
    void namesALineThatIsCutWhereverItIsCut() throws Exception {
        String whole = result("udp://a:1", 100, 1_000);
        String other = result("udp://a:1", 200, 10);
        assertThat(scan(whole + "\n" + other)).hasSize(2);
        for (int length = 1; length < other.length(); length += length < 100 ? 1 : 13) {
            String cut = other.substring(0, length);
            assertThatIOException()
                    .as(cut)
                    .isThrownBy(() -> scan(whole + "\n\n" + cut + "\n"))
                    .withMessage(
                            "line 3 of stdin must be a whole result, got one that is cut or"
                                    + " damaged");
            if (length > 1) {
                assertThatIOException()
                        .as(cut)
                        .isThrownBy(() -> scan("pod{1} " + cut + "\npod{2} " + whole));
            }
        }
        assertThatIOException()
                .isThrownBy(() -> scan(whole + "\n" + other.substring(20)))
                .withMessageStartingWith("line 2 of stdin must be a whole result");
    }

    @Test
    void namesALineThatHoldsAResultInAText() throws Exception {
        JsonObject line = new JsonObject();
        line.addProperty("log", result("udp://a:1", 1, 10) + "\n");
        line.addProperty("stream", "stdout");
        String whole = result("udp://b:1", 1, 10);
        assertThatIOException()
                .isThrownBy(() -> scan(whole + "\n" + line + "\n"))
                .withMessage(
                        "line 2 of stdin must be a result, got one inside a text of another"
                                + " object: take the program's own output (docker logs, kubectl"
                                + " logs)");
        assertThatIOException()
                .isThrownBy(() -> scan(whole + "\n[],\"command\":\"echo-bench load\"}\n"))
                .withMessageStartingWith("line 2 of stdin must be a whole result");
    }

    @Test
    void namesTheMemberThatIsMissing() throws Exception {
        JsonObject whole = SampleResults.real(Loads.OPEN);
        Set<String> mayBeAbsent =
                Set.of("checks", "machine", "command", "generator.machine_receive_drops");
        for (List<String> path : paths(whole)) {
            JsonObject damaged = whole.deepCopy();
            parent(damaged, path).remove(path.get(path.size() - 1));
            String name = String.join(".", path);
            if (mayBeAbsent.contains(name)) {
                assertThat(scan(ResultJson.line(damaged))).as(name).hasSize(1);
            } else {
                assertThatIOException()
                        .as(name)
                        .isThrownBy(() -> scan(ResultJson.line(damaged)))
                        .withMessageContaining(name.replaceFirst(".*[.]", ""));
            }
        }
    }

    @Test
    void namesTheMemberThatIsOfAnotherType() throws Exception {
        JsonObject whole = SampleResults.real(Loads.OPEN);
        List<JsonElement> values =
                List.of(
                        new JsonPrimitive("x"),
                        new JsonPrimitive(-1.5),
                        new JsonPrimitive(true),
                        new JsonArray(),
                        new JsonObject());
        for (List<String> path : paths(whole)) {
            String last = path.get(path.size() - 1);
            String type = type(parent(whole, path).get(last));
            for (JsonElement value : values) {
                JsonObject damaged = whole.deepCopy();
                parent(damaged, path).add(last, value);
                if (!type(value).equals(type) && !type.equals("null")) {
                    assertThatIOException()
                            .as("%s: %s", path, value)
                            .isThrownBy(() -> scan(ResultJson.line(damaged)))
                            .withMessageContaining(last);
                }
            }
        }
    }

    private static String type(JsonElement value) {
        return value instanceof JsonPrimitive primitive
                ? primitive.isNumber() ? "number" : primitive.isString() ? "text" : "truth"
                : value.isJsonNull() ? "null" : value.isJsonArray() ? "list" : "object";
    }

    /** The names that lead to each member, through objects. */
    private static List<List<String>> paths(JsonObject json) {
        List<List<String>> paths = new ArrayList<>();
        json.entrySet()
                .forEach(
                        member -> {
                            paths.add(List.of(member.getKey()));
                            if (member.getValue() instanceof JsonObject inner) {
                                paths(inner)
                                        .forEach(
                                                path -> {
                                                    List<String> longer = new ArrayList<>(path);
                                                    longer.add(0, member.getKey());
                                                    paths.add(longer);
                                                });
                            }
                        });
        return paths;
    }

    private static JsonObject parent(JsonObject json, List<String> path) {
        return path.size() == 1
                ? json
                : parent(json.getAsJsonObject(path.get(0)), path.subList(1, path.size()));
    }

    @Test
    void readsEachResultOfAFileHoweverItIsPrinted() throws Exception {
        Gson pretty = new GsonBuilder().setPrettyPrinting().serializeNulls().create();
        String one = pretty.toJson(JsonParser.parseString(result("udp://a:1", 1, 10)));
        String two = pretty.toJson(JsonParser.parseString(result("udp://a:1", 2, 20)));
        assertThat(scan(one + "\n" + two)).hasSize(2);
        assertThat(scan("[\n" + one + ",\n" + two + "\n]")).hasSize(2);
        assertThat(scan("[" + result("udp://a:1", 1, 1) + "," + result("udp://a:1", 2, 2) + "]"))
                .hasSize(2);
        int third = one.indexOf('\n', one.length() / 2);
        assertThatIOException()
                .isThrownBy(() -> scan(two + "\n" + one.substring(0, third)))
                .withMessageEndingWith("must be a whole result, got one that is cut or damaged");
    }

    @Test
    void refusesTheSameResultTwice() throws Exception {
        Path a = Files.writeString(directory.resolve("a"), result("udp://a:1", 1, 10));
        Path b = Files.createSymbolicLink(directory.resolve("b"), a);
        assertThatIOException()
                .isThrownBy(() -> merge("", a.toString(), b.toString()))
                .withMessage("line 1 of " + b + " holds the same result as line 1 of " + a);
        String line = Files.readString(a);
        assertThatIOException().isThrownBy(() -> merge(line + "\n" + line));
    }
}
