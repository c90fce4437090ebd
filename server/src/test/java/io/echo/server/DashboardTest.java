package io.echo.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.echo.net.Transport;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Every query of the Grafana dashboard, beside what a server tells. */
@Timeout(60)
class DashboardTest {
    private static final Pattern METRIC =
            Pattern.compile("\\b(?:echo|jvm|process|system|netty)_\\w+");
    private static final Pattern SERIES = Pattern.compile("(?m)^(\\w+)(?:\\{(.*)})? \\S+$");
    private static final Pattern LABEL = Pattern.compile("(\\w+)=\"");
    private static final Pattern BY = Pattern.compile("\\bby \\(([^)]*)\\)");
    private static final Pattern SHOWN = Pattern.compile("\\{\\{(\\w+)}}");

    @Test
    void asksForMetricsAndLabelsThatTheServerHas() throws IOException {
        String scrape;
        try (EchoServer server = EchoServer.start(TestServers.config(Transport.NIO));
                DatagramSocket peer = new DatagramSocket(0, TestServers.loopback())) {
            peer.setSoTimeout(20_000);
            peer.send(new DatagramPacket(new byte[1], 1, TestServers.udp(server)));
            peer.receive(new DatagramPacket(new byte[1], 1));
            scrape = Http.get(server, "/metrics").body();
        }
        for (JsonObject target : targets()) {
            String query = target.get("expr").getAsString();
            Set<String> metrics = all(METRIC, query);
            assertThat(metrics).as(query).isNotEmpty();
            Set<String> labels = new TreeSet<>(Set.of("instance", "job"));
            for (String metric : metrics) {
                Set<String> of = labels(scrape, metric);
                assertThat(of).as("%s in %s", metric, query).isNotNull();
                labels.addAll(of);
            }
            Set<String> by = new TreeSet<>();
            Matcher grouping = BY.matcher(query);
            while (grouping.find()) {
                by.addAll(List.of(grouping.group(1).split(", ")));
            }
            assertThat(labels).as(query).containsAll(by);
            Matcher shown = SHOWN.matcher(target.get("legendFormat").getAsString());
            while (shown.find()) {
                assertThat(by.isEmpty() ? labels : by).as(query).contains(shown.group(1));
            }
        }
    }

    @Test
    void isFoundByTheDatasourceThatIsProvisioned() throws IOException {
        String uid = Yaml.tree("monitoring/datasource.yaml").at("/datasources/0/uid").asString();
        for (JsonElement panel : dashboard().getAsJsonArray("panels")) {
            assertThat(
                            panel.getAsJsonObject()
                                    .getAsJsonObject("datasource")
                                    .get("uid")
                                    .getAsString())
                    .isEqualTo(uid);
        }
    }

    private static JsonObject dashboard() throws IOException {
        return JsonParser.parseString(
                        Files.readString(Yaml.DOCKER.resolve("monitoring/dashboards/echo.json")))
                .getAsJsonObject();
    }

    /** Every query, with its legend. */
    static List<JsonObject> targets() throws IOException {
        List<JsonObject> targets = new ArrayList<>();
        for (JsonElement panel : dashboard().getAsJsonArray("panels")) {
            for (JsonElement target : panel.getAsJsonObject().getAsJsonArray("targets")) {
                targets.add(target.getAsJsonObject());
            }
        }
        assertThat(targets).hasSizeGreaterThan(10);
        return targets;
    }

    /** The labels that a metric's series have; null where there is no such series. */
    private static Set<String> labels(String scrape, String metric) {
        Set<String> labels = null;
        Matcher series = SERIES.matcher(scrape);
        while (series.find()) {
            if (series.group(1).equals(metric)) {
                labels = labels == null ? new TreeSet<>() : labels;
                if (series.group(2) != null) {
                    labels.addAll(
                            LABEL.matcher(series.group(2))
                                    .results()
                                    .map(label -> label.group(1))
                                    .collect(Collectors.toSet()));
                }
            }
        }
        return labels;
    }

    private static Set<String> all(Pattern pattern, String text) {
        return pattern.matcher(text)
                .results()
                .map(match -> match.group())
                .collect(Collectors.toSet());
    }
}
