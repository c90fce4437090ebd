package io.echo.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Every query of the Grafana dashboard, beside what a server tells. */
@Timeout(60)
class DashboardTest {
    private static final Pattern SHOWN = Pattern.compile("\\{\\{(\\w+)}}");

    @TempDir private Path folder;

    @Test
    void asksForMetricsAndLabelsThatTheServerHas() throws IOException {
        Queries queries = new Queries(folder);
        for (JsonObject target : targets()) {
            String query = target.get("expr").getAsString();
            assertThat(Queries.METRIC.matcher(query).results()).as(query).isNotEmpty();
            Set<String> labels = queries.labelsOf(query);
            Matcher shown = SHOWN.matcher(target.get("legendFormat").getAsString());
            while (shown.find()) {
                assertThat(labels).as(query).contains(shown.group(1));
            }
        }
    }

    /** Other services that Prometheus watches have heaps and descriptors, too. */
    @Test
    void asksForTheServersThatAreChosenAlone() throws IOException {
        for (JsonObject target : targets()) {
            String query = target.get("expr").getAsString();
            for (MatchResult metric : Queries.METRIC.matcher(query).results().toList()) {
                assertThat(metric.group(2))
                        .as(query)
                        .startsWith("job=~\"$job\",instance=~\"$instance\"");
            }
        }
        Map<String, String> variables = new TreeMap<>();
        for (JsonElement element :
                dashboard().getAsJsonObject("templating").getAsJsonArray("list")) {
            JsonObject variable = element.getAsJsonObject();
            JsonElement query = variable.get("query");
            variables.put(
                    variable.get("name").getAsString(),
                    query.isJsonObject()
                            ? query.getAsJsonObject().get("query").getAsString()
                            : query.getAsString());
        }
        assertThat(variables)
                .containsExactlyInAnyOrderEntriesOf(
                        Map.of(
                                "datasource",
                                Yaml.tree("monitoring/datasource.yaml")
                                        .at("/datasources/0/type")
                                        .asString(),
                                "job",
                                "label_values(echo_build_info, job)",
                                "instance",
                                "label_values(echo_build_info{job=~\"$job\"}, instance)"));
    }

    @Test
    void readsTheDatasourceThatIsChosen() throws IOException {
        for (JsonObject panel : panels()) {
            assertThat(panel.getAsJsonObject("datasource").get("uid").getAsString())
                    .isEqualTo("${datasource}");
        }
    }

    @Test
    void hasPanelsThatDoNotOverlap() throws IOException {
        Set<Integer> numbers = new HashSet<>();
        Set<List<Integer>> cells = new HashSet<>();
        for (JsonObject panel : panels()) {
            assertThat(numbers.add(panel.get("id").getAsInt())).isTrue();
            JsonObject at = panel.getAsJsonObject("gridPos");
            int x = at.get("x").getAsInt();
            int w = at.get("w").getAsInt();
            assertThat(x + w).isLessThanOrEqualTo(24);
            // Those of a row that is closed stand below it once it is opened.
            String title = panel.get("title").getAsString();
            int y = at.get("y").getAsInt();
            if (isOpen(panel)) {
                IntStream.range(y, y + at.get("h").getAsInt())
                        .forEach(
                                line -> assertThat(cells.add(List.of(x, line))).as(title).isTrue());
            }
        }
    }

    private static boolean isOpen(JsonObject panel) throws IOException {
        return dashboard().getAsJsonArray("panels").contains(panel);
    }

    private static JsonObject dashboard() throws IOException {
        return JsonParser.parseString(
                        Files.readString(Yaml.DOCKER.resolve("monitoring/dashboards/echo.json")))
                .getAsJsonObject();
    }

    /** Every panel but rows, those of closed rows too. */
    private static List<JsonObject> panels() throws IOException {
        List<JsonObject> panels = new ArrayList<>();
        for (JsonElement element : dashboard().getAsJsonArray("panels")) {
            JsonObject panel = element.getAsJsonObject();
            if (panel.get("type").getAsString().equals("row")) {
                panel.getAsJsonArray("panels")
                        .forEach(inner -> panels.add(inner.getAsJsonObject()));
            } else {
                panels.add(panel);
            }
        }
        return panels;
    }

    /** Every query, with its legend. */
    static List<JsonObject> targets() throws IOException {
        List<JsonObject> targets = new ArrayList<>();
        for (JsonObject panel : panels()) {
            panel.getAsJsonArray("targets")
                    .forEach(target -> targets.add(target.getAsJsonObject()));
        }
        assertThat(targets).hasSizeGreaterThan(30);
        return targets;
    }
}
