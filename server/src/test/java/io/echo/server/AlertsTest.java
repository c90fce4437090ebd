package io.echo.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.echo.net.Transport;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** The alerts of {@code docker/monitoring}, and how the Prometheus Operator gets them. */
@Timeout(60)
class AlertsTest {
    private static final Pattern SHOWN = Pattern.compile("\\$labels\\.(\\w+)");
    private static final Pattern NAME = Pattern.compile("alertname=\"(\\w+)\"");

    @TempDir private Path folder;

    @Test
    void pleasePromtool() throws IOException {
        for (String check : List.of("check config prometheus.yml", "test rules alerts.test.yml")) {
            List<String> command = new ArrayList<>(List.of("promtool"));
            command.addAll(List.of(check.split(" ")));
            command.add(Yaml.DOCKER.resolve("monitoring").resolve(command.remove(3)).toString());
            Peers.Result checked = Peers.run(new byte[0], command.toArray(String[]::new));
            assertThat(checked.exitCode()).as("%s: %s", command, checked.err()).isZero();
        }
    }

    /** By name, among the samples that are expected; {@code promtool} says whether it does. */
    @Test
    void fireEachInATest() throws IOException {
        Set<String> fired = new TreeSet<>();
        for (JsonNode test : Yaml.tree("monitoring/alerts.test.yml").path("tests")) {
            for (JsonNode query : test.path("promql_expr_test")) {
                for (JsonNode sample : query.path("exp_samples")) {
                    Matcher name = NAME.matcher(sample.path("labels").asString());
                    assertThat(name.find()).isTrue();
                    fired.add(name.group(1));
                }
            }
        }
        assertThat(alerts())
                .extracting(alert -> alert.path("alert").asString())
                .containsExactlyInAnyOrderElementsOf(fired);
    }

    @Test
    void askForMetricsAndLabelsThatTheServerHas() throws IOException {
        Queries queries = new Queries(folder);
        for (JsonNode alert : alerts()) {
            String query = alert.path("expr").asString();
            Matcher metric = Queries.METRIC.matcher(query);
            while (metric.find()) {
                assertThat(metric.group(2)).as(query).startsWith("job=\"echo\"");
            }
            Set<String> labels = queries.labelsOf(query);
            for (JsonNode text : alert.path("annotations")) {
                Matcher shown = SHOWN.matcher(text.asString());
                while (shown.find()) {
                    assertThat(labels).as(text.asString()).contains(shown.group(1));
                }
            }
        }
    }

    @Test
    void areLoadedByCompose() throws IOException {
        String rules = Yaml.tree("monitoring/prometheus.yml").at("/rule_files/0").asString();
        List<String> mounts = new ArrayList<>();
        Yaml.tree("compose.yaml")
                .at("/services/prometheus/volumes")
                .forEach(volume -> mounts.add(volume.asString()));
        assertThat(mounts).contains("./monitoring/" + rules + ":/etc/prometheus/" + rules + ":ro");
    }

    @Test
    void areTheSameForTheOperator() throws IOException {
        assertThat(Yaml.tree("kubernetes/alerts/rule.yaml").path("spec"))
                .as("make docker/kubernetes/alerts/rule.yaml anew: its kustomization.yaml says how")
                .isEqualTo(Yaml.tree("monitoring/alerts.yml"));
    }

    @Test
    void areAboutTheJobThatTheOperatorScrapes() throws IOException {
        JsonNode spec = Yaml.tree("kubernetes/podmonitor/podmonitor.yaml").path("spec");
        assertThat(spec.propertyNames())
                .containsExactlyInAnyOrder("selector", "jobLabel", "podMetricsEndpoints");
        JsonNode endpoint = spec.at("/podMetricsEndpoints/0");
        assertThat(endpoint.propertyNames()).containsExactlyInAnyOrder("port", "path", "interval");
        PodTemplateSpec pod =
                Yaml.strictly(Deployment.class, Yaml.tree("kubernetes/base/deployment.yaml"))
                        .getSpec()
                        .getTemplate();
        Container container = pod.getSpec().getContainers().get(0);
        assertThat(container.getPorts())
                .extracting(ContainerPort::getName)
                .contains(endpoint.path("port").asString());
        Map<String, String> labels = pod.getMetadata().getLabels();
        Map<String, String> selected = new HashMap<>();
        spec.at("/selector/matchLabels")
                .properties()
                .forEach(label -> selected.put(label.getKey(), label.getValue().asString()));
        assertThat(selected).isNotEmpty();
        assertThat(labels).containsAllEntriesOf(selected);
        assertThat(labels.get(spec.path("jobLabel").asString()))
                .isEqualTo("echo")
                .isEqualTo(
                        Yaml.tree("monitoring/prometheus.yml")
                                .at("/scrape_configs/0/job_name")
                                .asString());
        try (EchoServer server = EchoServer.start(TestServers.config(Transport.NIO))) {
            assertThat(Http.get(server, endpoint.path("path").asString()).status()).isEqualTo(200);
        }
    }

    private static List<JsonNode> alerts() throws IOException {
        List<JsonNode> alerts = new ArrayList<>();
        for (JsonNode group : Yaml.tree("monitoring/alerts.yml").path("groups")) {
            group.path("rules").forEach(alerts::add);
        }
        return alerts;
    }
}
