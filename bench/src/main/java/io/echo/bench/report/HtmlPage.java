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
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * What a report says, from the most important to the least.
 *
 * @param title what was measured
 * @param facts the line above it: when, and by what
 * @param finding what it comes to
 * @param figures the few numbers that most readers came for
 * @param sections everything else
 */
public record HtmlPage(
        String title,
        List<String> facts,
        Finding finding,
        List<Figure> figures,
        List<Section> sections) {
    /** How good the news is. */
    public enum Standing {
        GOOD("Valid"),
        MISSED("Limit missed"),
        INVALID("Not valid"),
        /** Neither good nor bad. */
        PLAIN("Report");

        private final String word;

        Standing(String word) {
            this.word = word;
        }

        /** What stands before the title where there is room for nothing else. */
        String word() {
            return word;
        }

        /** What the template and the style sheet call it. */
        String key() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * What it comes to.
     *
     * @param words the finding, short
     * @param reasons what it rests on, a sentence each
     * @param remarks what a reader should know besides
     */
    public record Finding(
            Standing standing, String words, List<String> reasons, List<String> remarks) {}

    /** A number that stands alone, with a note below. */
    public record Figure(String name, String value, String note) {}

    /**
     * A heading and what belongs below it, in this order.
     *
     * @param says paragraphs
     * @param commands lines for a shell
     */
    public record Section(
            String title,
            List<String> says,
            List<Chart> charts,
            List<Table> tables,
            List<Command> commands) {
        /** A section of tables. */
        public static Section of(String title, Table... tables) {
            return new Section(title, List.of(), List.of(), List.of(tables), List.of());
        }

        /** A section of charts. */
        public static Section of(String title, String says, Chart... charts) {
            return new Section(title, List.of(says), List.of(charts), List.of(), List.of());
        }
    }

    /**
     * A line for a shell.
     *
     * @param words between which it may be broken
     */
    public record Command(List<String> words) {
        /** Makes one of a line. */
        public static Command of(String line) {
            return new Command(List.of(line.split(" ", -1)));
        }
    }

    /**
     * A table whose rows begin with what they are about.
     *
     * @param caption what it holds, for those who do not see what stands around it
     * @param head of the columns; empty for a list of names and values
     */
    public record Table(String caption, List<String> head, List<Row> rows) {
        /** Whether its columns have names. */
        boolean headed() {
            return !head.isEmpty();
        }

        /** The names of the columns, set as what stands below them. */
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
        /** A row of words. */
        public static Row of(String name, String... words) {
            return new Row(name, List.of(words).stream().map(Cell::words).toList());
        }

        /** A row of numbers. */
        public static Row numbers(String name, List<String> numbers) {
            return new Row(name, numbers.stream().map(Cell::number).toList());
        }
    }

    /**
     * A cell.
     *
     * @param kind a class of the style sheet
     * @param standing of a cell that says whether something is well; else empty
     */
    public record Cell(String text, String kind, List<Standing> standing) {
        /** Text, set to the left. */
        public static Cell words(String text) {
            return new Cell(text, "words", List.of());
        }

        /** A number, set to the right. */
        public static Cell number(String text) {
            return new Cell(text, "number", List.of());
        }

        /** A word for how something stands. */
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

    /** What stands in the document may run, and nothing else; nothing may be fetched. */
    private static String policy() {
        return "default-src 'none'; style-src "
                + InlinedPage.sources(List.of(STYLE))
                + "; script-src "
                + InlinedPage.sources(SCRIPTS)
                + "; base-uri 'none'; form-action 'none'";
    }

    /** The charts as JSON in which no character could end the script element around it. */
    private String data() throws IOException {
        StringWriter text = new StringWriter();
        JsonWriter json = new JsonWriter(text);
        json.setHtmlSafe(true);
        json.beginArray();
        for (Section section : sections) {
            for (Chart chart : section.charts()) {
                chart.write(json);
            }
        }
        json.endArray().flush();
        return text.toString();
    }
}
