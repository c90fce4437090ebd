package io.echo.bench.report;

import io.echo.bench.report.HtmlPage.Row;
import io.echo.bench.report.HtmlPage.Section;
import io.echo.bench.report.HtmlPage.Table;
import io.echo.bench.result.Machine;
import io.echo.bench.result.Result;
import io.echo.client.figures.Figures;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** The conditions of a result: parameters, machine, and the command that makes it again. */
final class ConditionsSection {
    private static final DateTimeFormatter WHEN =
            DateTimeFormatter.ofPattern("d MMMM uuuu, HH:mm 'UTC'", Locale.ENGLISH)
                    .withZone(ZoneOffset.UTC);

    private ConditionsSection() {}

    /** Returns the parts of the line above the title. */
    static List<String> facts(String command, Result result) {
        List<String> facts = new ArrayList<>(List.of("echo-bench " + command));
        result.merged()
                .map(sum -> Figures.count(sum.parts().size(), "result"))
                .ifPresent(facts::add);
        facts.add(WHEN.format(result.startedAt()));
        result.version().map(version -> "version " + version).ifPresent(facts::add);
        return facts;
    }

    /**
     * Returns the last sections of a page.
     *
     * @param words parameters and machine
     * @param command line that makes the result again
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

    /** Returns the section with the command line that makes the result again. */
    static Section again(String command) {
        return new Section(
                "Do it again",
                List.of(),
                List.of(),
                List.of(),
                List.of(HtmlPage.Command.of(command)));
    }

    /** Returns parameters and machine by their names, as far as the result has them. */
    static Map<String, String> of(Result result) {
        Map<String, String> words = beforeCost(result, load(result));
        Result.Generator generator = result.generator();
        generator.loops().ifPresent(loops -> words.put("generator", cost(loops, generator)));
        result.machine().ifPresent(machine -> add(machine, words));
        return words;
    }

    /** Returns the same for a sweep, whose load and whose cost are not those of one result. */
    static Map<String, String> ofSweep(Result result, String load) {
        Map<String, String> words = beforeCost(result, load);
        result.machine().ifPresent(machine -> add(machine, words));
        return words;
    }

    private static Map<String, String> beforeCost(Result result, String load) {
        Result.Phase phase = result.phase();
        Map<String, String> words = new LinkedHashMap<>();
        words.put(
                "target",
                result.target()
                        + (result.embedded()
                                ? ", our own server in the same process: the two share the cores"
                                : ""));
        words.put("load", load);
        words.put("connections", Figures.count(phase.connections()));
        words.put("size", Figures.number(phase.sizeBytes()) + " bytes");
        words.put(
                "measured",
                seconds(phase.durationS())
                        + phase.warmupS()
                                .map(warmup -> " after " + seconds(warmup) + " of warm-up")
                                .orElse(""));
        result.generator().timeoutS().ifPresent(timeout -> words.put("timeout", seconds(timeout)));
        result.transport().ifPresent(transport -> words.put("transport", transport));
        return words;
    }

    private static void add(Machine machine, Map<String, String> words) {
        words.put("system", machine.system());
        words.put("processor", Figures.count(machine.cores(), "core") + ", " + machine.processor());
        words.put("Java", machine.java());
    }

    private static String load(Result result) {
        if (result.phase().rateRequested().isPresent()) {
            return "open loop, " + Figures.rate(result.phase().rateRequested().get());
        }
        return result.generator()
                .window()
                .map(window -> "closed loop, " + window + " in flight on each connection")
                .orElse("closed loop");
    }

    private static String cost(long loops, Result.Generator generator) {
        return Figures.count(loops, "event loop")
                + ", "
                + seconds(generator.cpuS().orElse(Double.NaN))
                + " of processor time, "
                + Figures.count(generator.gcPauses().orElse(0L), "GC pause");
    }

    private static String seconds(double seconds) {
        return Figures.number(seconds) + " s";
    }
}
