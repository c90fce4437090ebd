package io.echo.bench.report;

import com.google.gson.stream.JsonWriter;
import com.samskivert.mustache.Mustache;
import com.samskivert.mustache.Template;
import io.echo.web.InlinedPage;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.StringWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * The contents of a report, from the most important to the least.
 *
 * @param title the target, or the files that are compared
 * @param facts parts of the line above the title: command, time, version
 * @param finding the verdict
 * @param figures the few numbers that most readers came for
 * @param sections everything else
 */
public record HtmlPage(
        String title,
        List<String> facts,
        Finding finding,
        List<Figure> figures,
        List<Section> sections) {
    /** The quality of a finding. */
    public enum Standing {
        GOOD("Valid", "good"),
        MISSED("Limit missed", "missed"),
        FAILED("Failed", "missed"),
        PARTIAL("Not as asked", "missed"),
        /** Valid and within every limit, and yet something stands out. */
        FOUND("Faults found", "missed"),
        INVALID("Not valid", "invalid"),
        /** Neither good nor bad. */
        PLAIN("Report", "plain");

        private final String word;
        private final String key;

        Standing(String word, String key) {
            this.word = word;
            this.key = key;
        }

        /** Returns the word before the title, for a window or a tab. */
        String word() {
            return word;
        }

        /** Returns the name of its looks in the template and the style sheet. */
        String key() {
            return key;
        }
    }

    /**
     * The verdict of a report.
     *
     * @param words the finding in one line
     * @param reasons facts behind it, a sentence each
     * @param remarks further facts that a reader should know
     */
    public record Finding(
            Standing standing, String words, List<String> reasons, List<String> remarks) {}

    /** A number that stands alone, with a note below. */
    public record Figure(String name, String value, String note) {}

    /**
     * A heading and the parts below it, in this order.
     *
     * @param says paragraphs
     * @param commands lines for a shell
     */
    public record Section(
            String title,
            List<String> says,
            List<? extends Plot> charts,
            List<Table> tables,
            List<Command> commands) {
        /** A section of tables. */
        public static Section of(String title, Table... tables) {
            return new Section(title, List.of(), List.of(), List.of(tables), List.of());
        }

        /** A section of charts. */
        public static Section of(String title, String says, Plot... charts) {
            return new Section(title, List.of(says), List.of(charts), List.of(), List.of());
        }
    }

    /**
     * A line for a shell.
     *
     * @param words between which the line may be broken
     */
    public record Command(List<String> words) {
        /** Splits a line. */
        public static Command of(String line) {
            return new Command(List.of(line.split(" ", -1)));
        }
    }

    /**
     * A table whose rows begin with a name.
     *
     * @param caption its contents in words, for readers who do not see the page around it
     * @param head names of the columns; empty for a list of names and values
     */
    public record Table(String caption, List<String> head, List<Row> rows) {
        /** Tells whether its columns have names. */
        boolean headed() {
            return !head.isEmpty();
        }

        /** Returns the names of the columns, aligned like the cells below them. */
        List<Cell> heads() {
            return IntStream.range(0, head.size())
                    .mapToObj(i -> new Cell(head.get(i), kind(i), List.of()))
                    .toList();
        }

        private String kind(int column) {
            return column == 0 || rows.isEmpty()
                    ? "words"
                    : rows.get(0).cells().get(column - 1).kind();
        }
    }

    /** A row. */
    public record Row(String name, List<Cell> cells) {
        /** Makes a row of words. */
        public static Row of(String name, String... words) {
            return new Row(name, List.of(words).stream().map(Cell::words).toList());
        }

        /** Makes a row of numbers. */
        public static Row numbers(String name, List<String> numbers) {
            return new Row(name, numbers.stream().map(Cell::number).toList());
        }
    }

    /**
     * A cell.
     *
     * @param kind a class of the style sheet
     * @param standing of a cell that tells an outcome; else empty
     * @param bar its length in percent of the column; empty in a cell without one
     */
    public record Cell(String text, String kind, List<Standing> standing, List<Double> bar) {
        private Cell(String text, String kind, List<Standing> standing) {
            this(text, kind, standing, List.of());
        }

        /** Makes a cell of text, set to the left. */
        public static Cell words(String text) {
            return new Cell(text, "words", List.of());
        }

        /** Makes a cell with a bar of this length, from 0 to 100, and what it stands for. */
        public static Cell bar(double percent, String text) {
            return new Cell(text, "bar", List.of(), List.of(percent));
        }

        /** Makes a cell with a number, set to the right. */
        public static Cell number(String text) {
            return new Cell(text, "number", List.of());
        }

        /** Makes a cell that tells an outcome in a word. */
        public static Cell of(Standing standing, String text) {
            return new Cell(text, "standing", List.of(standing));
        }
    }

    private static final Template TEMPLATE =
            Mustache.compiler().compile(InlinedPage.read(HtmlPage.class, "report.html"));

    private static final String STYLE =
            InlinedPage.read(InlinedPage.class, "theme.css")
                    + InlinedPage.read(InlinedPage.class, "uPlot.min.css")
                    + InlinedPage.read(HtmlPage.class, "report.css");

    private static final List<String> SCRIPTS =
            List.of(
                    "/*\n"
                            + InlinedPage.read(InlinedPage.class, "uPlot.LICENSE")
                            + "*/\n"
                            + InlinedPage.read(InlinedPage.class, "uPlot.iife.min.js"),
                    InlinedPage.read(HtmlPage.class, "chart.js"),
                    InlinedPage.read(HtmlPage.class, "tables.js"),
                    InlinedPage.read(HtmlPage.class, "flows.js"),
                    InlinedPage.read(HtmlPage.class, "report.js"));

    /** Writes the document, and leaves the stream open. */
    public void write(OutputStream out) throws IOException {
        Writer writer = new OutputStreamWriter(out, StandardCharsets.UTF_8);
        TEMPLATE.execute(
                Map.of(
                        "page", this,
                        "style", STYLE,
                        "scripts", SCRIPTS,
                        "policy", policy(),
                        "data", data()),
                writer);
        writer.flush();
    }

    /**
     * Returns the page's policy: only the scripts inside it may run, and nothing may be fetched.
     */
    private static String policy() {
        return "default-src 'none'; style-src "
                + InlinedPage.sources(List.of(STYLE))
                + "; script-src "
                + InlinedPage.sources(SCRIPTS)
                + "; base-uri 'none'; form-action 'none'";
    }

    /** Writes the charts as JSON in which no character can end the script element around it. */
    private String data() throws IOException {
        StringWriter text = new StringWriter();
        JsonWriter json = new JsonWriter(text);
        json.setHtmlSafe(true);
        json.beginArray();
        for (Section section : sections) {
            for (Plot chart : section.charts()) {
                chart.write(json);
            }
        }
        json.endArray().flush();
        return text.toString();
    }
}
