package io.echo.bench.report;

import io.echo.bench.report.HtmlPage.Row;
import io.echo.bench.report.HtmlPage.Section;
import io.echo.bench.report.HtmlPage.Table;
import io.echo.bench.result.Figures;
import io.echo.bench.result.JsonMembers;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** What a result was made with: parameters, machine, and the command that does it again. */
final class ConditionsSection {
    private static final DateTimeFormatter WHEN =
            DateTimeFormatter.ofPattern("d MMMM uuuu, HH:mm 'UTC'", Locale.ENGLISH)
                    .withZone(ZoneOffset.UTC);

    private ConditionsSection() {}

    /** The line above the title. */
    static List<String> facts(String command, JsonMembers json) {
        List<String> facts = new ArrayList<>(List.of("echo-bench " + command));
        json.text("results")
                .map(any -> Figures.count(json.count("results"), "result"))
                .ifPresent(facts::add);
        json.text("started_at").map(ConditionsSection::when).ifPresent(facts::add);
        json.text("version").map(version -> "version " + version).ifPresent(facts::add);
        return facts;
    }

    /**
     * The last sections of a page.
     *
     * @param words parameters and machine
     * @param command that does it again
     */
    static List<Section> sections(Map<String, String> words, Optional<String> command) {
        List<Row> rows = new ArrayList<>();
        words.forEach((name, value) -> rows.add(Row.of(name, value)));
        List<Section> sections = new ArrayList<>();
        sections.add(
                Section.of(
                        "Parameters and machine",
                        new Table("Parameters and machine", List.of(), rows)));
        command.map(ConditionsSection::again).ifPresent(sections::add);
        return sections;
    }

    /** How to do it again. */
    static Section again(String command) {
        return new Section(
                "Do it again",
                List.of(),
                List.of(),
                List.of(),
                List.of(HtmlPage.Command.of(command)));
    }

    /** Parameters and machine by their names, as far as the result tells them. */
    static Map<String, String> of(JsonMembers json) {
        Map<String, String> words = new LinkedHashMap<>();
        json.text("target")
                .map(
                        target ->
                                target
                                        + (json.is("embedded")
                                                ? ", our own server in the same process: the two"
                                                        + " share the cores"
                                                : ""))
                .ifPresent(target -> words.put("target", target));
        words.put("load", load(json));
        words.put("connections", Figures.count(json.count("connections")));
        words.put("size", Figures.number(json.number("size_bytes")) + " bytes");
        words.put(
                "measured",
                seconds(json, "duration_s")
                        + json.text("warmup_s")
                                .map(any -> " after " + seconds(json, "warmup_s") + " of warm-up")
                                .orElse(""));
        JsonMembers generator = json.object("generator");
        generator
                .text("timeout_s")
                .ifPresent(any -> words.put("timeout", seconds(generator, "timeout_s")));
        json.text("transport").ifPresent(transport -> words.put("transport", transport));
        generator.text("loops").ifPresent(loops -> words.put("generator", cost(generator)));
        machine(json.object("machine"), words);
        return words;
    }

    private static void machine(JsonMembers machine, Map<String, String> words) {
        machine.text("system").ifPresent(system -> words.put("system", system));
        machine.text("processor")
                .ifPresent(
                        name ->
                                words.put(
                                        "processor",
                                        Figures.count(machine.count("cores"), "core")
                                                + ", "
                                                + name));
        machine.text("java").ifPresent(java -> words.put("Java", java));
    }

    private static String load(JsonMembers json) {
        double asked = json.number("rate_requested");
        if (!Double.isNaN(asked)) {
            return "open loop, " + Figures.rate(asked);
        }
        return json.object("generator")
                .text("window")
                .map(window -> "closed loop, " + window + " in flight on each connection")
                .orElse("closed loop");
    }

    private static String cost(JsonMembers generator) {
        return Figures.count(generator.count("loops"), "event loop")
                + ", "
                + seconds(generator, "cpu_s")
                + " of processor time, "
                + Figures.count(generator.count("gc_pauses"), "GC pause");
    }

    private static String seconds(JsonMembers json, String member) {
        return Figures.number(json.number(member)) + " s";
    }

    private static String when(String startedAt) {
        try {
            return WHEN.format(Instant.parse(startedAt));
        } catch (DateTimeParseException e) {
            return startedAt;
        }
    }
}
