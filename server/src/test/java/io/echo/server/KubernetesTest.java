package io.echo.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.echo.net.Transport;
import io.echo.server.command.Variables;
import io.echo.server.config.Cidr;
import io.echo.server.config.ServerConfig;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.HTTPGetAction;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PodAntiAffinity;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.Probe;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobSpec;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyPort;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Checks {@code docker/kubernetes} against the server and the types of the API. */
@Timeout(60)
class KubernetesTest {
    private static final Path KUBERNETES = Yaml.DOCKER.resolve("kubernetes");

    /** Kinds of the API itself; for those of the Prometheus Operator see {@link AlertsTest}. */
    private static final Map<String, Class<? extends HasMetadata>> TYPES =
            Map.of(
                    "apps/v1 Deployment", Deployment.class,
                    "autoscaling/v2 HorizontalPodAutoscaler", HorizontalPodAutoscaler.class,
                    "batch/v1 Job", Job.class,
                    "networking.k8s.io/v1 NetworkPolicy", NetworkPolicy.class,
                    "policy/v1 PodDisruptionBudget", PodDisruptionBudget.class,
                    "v1 Service", Service.class);

    /** Folders that kustomize builds. */
    static List<String> kustomizations() throws IOException {
        try (Stream<Path> folders = Files.list(KUBERNETES)) {
            return folders.filter(folder -> Files.exists(folder.resolve("kustomization.yaml")))
                    .map(folder -> folder.getFileName().toString())
                    .sorted()
                    .toList();
        }
    }

    static List<String> manifests() throws IOException {
        List<String> manifests = new ArrayList<>();
        for (String of : kustomizations()) {
            try (Stream<Path> files = Files.list(KUBERNETES.resolve(of))) {
                files.filter(file -> file.toString().endsWith(".yaml"))
                        .filter(file -> !file.endsWith("kustomization.yaml"))
                        .map(file -> Yaml.DOCKER.relativize(file).toString())
                        .forEach(manifests::add);
            }
        }
        return manifests;
    }

    @ParameterizedTest
    @MethodSource("manifests")
    void hasNothingThatTheApiDoesNotKnow(String file) throws IOException {
        JsonNode tree = Yaml.tree(file);
        String kind = tree.path("apiVersion").asString() + " " + tree.path("kind").asString();
        if (kind.startsWith("monitoring.coreos.com/v1 ")) {
            return;
        }
        assertThat(TYPES).containsKey(kind);
        assertThat(Yaml.strictly(TYPES.get(kind), tree).getMetadata().getName()).startsWith("echo");
    }

    @Test
    void noticesAFieldThatIsMisspelt() throws IOException {
        JsonNode tree = Yaml.tree("kubernetes/base/deployment.yaml");
        ((ObjectNode) tree.at("/spec/template/spec/containers/0")).put("imagePullPolice", "Never");
        assertThatThrownBy(() -> Yaml.strictly(Deployment.class, tree))
                .hasMessageContaining("imagePullPolice");
    }

    @Test
    void listsEveryManifestInItsKustomization() throws IOException {
        List<String> listed = new ArrayList<>();
        for (String of : kustomizations()) {
            JsonNode kustomization = Yaml.tree("kubernetes/" + of + "/kustomization.yaml");
            assertThat(kustomization.path("kind").asString())
                    .isEqualTo(
                            List.of("base", "public", "load").contains(of)
                                    ? "Kustomization"
                                    : "Component");
            for (JsonNode resource : kustomization.path("resources")) {
                if (!resource.asString().startsWith("..")) {
                    listed.add("kubernetes/" + of + "/" + resource.asString());
                }
            }
            for (JsonNode patch : kustomization.path("patches")) {
                if (patch.has("patch")) {
                    continue; // Stands in the file itself.
                }
                listed.add("kubernetes/" + of + "/" + patch.path("path").asString());
            }
        }
        assertThat(listed).containsExactlyInAnyOrderElementsOf(manifests());
    }

    @Test
    void asksTheServerForPagesThatItHas() throws IOException {
        Container container = container("base");
        try (EchoServer server = EchoServer.start(TestServers.config(Transport.NIO))) {
            for (Probe probe :
                    List.of(
                            container.getStartupProbe(),
                            container.getReadinessProbe(),
                            container.getLivenessProbe())) {
                HTTPGetAction get = probe.getHttpGet();
                assertThat(get.getPort().getStrVal()).isEqualTo("admin");
                assertThat(Http.get(server, get.getPath()).status()).isEqualTo(200);
            }
        }
    }

    @Test
    void opensThePortsOfTheServer() throws IOException {
        ServerConfig config = ServerConfig.DEFAULT;
        Map<String, Integer> ports =
                container("base").getPorts().stream()
                        .collect(
                                Collectors.toMap(
                                        port -> port.getName() + "/" + port.getProtocol(),
                                        ContainerPort::getContainerPort));
        assertThat(ports)
                .isEqualTo(
                        Map.of(
                                "echo-udp/UDP", config.listen().port(),
                                "echo-tcp/TCP", config.listen().port(),
                                "admin/TCP", config.admin().orElseThrow().port()));
        Service service = Yaml.strictly(Service.class, Yaml.tree("kubernetes/base/service.yaml"));
        assertThat(service.getSpec().getPorts())
                .extracting(port -> port.getTargetPort().getStrVal() + "/" + port.getProtocol())
                .containsExactly("echo-udp/UDP", "echo-tcp/TCP");
        assertThat(service.getSpec().getPorts())
                .allMatch(port -> port.getPort() == config.listen().port());
        NetworkPolicy policy =
                Yaml.strictly(NetworkPolicy.class, Yaml.tree("kubernetes/base/network.yaml"));
        List<NetworkPolicyPort> open =
                policy.getSpec().getIngress().stream().flatMap(i -> i.getPorts().stream()).toList();
        assertThat(open)
                .extracting(port -> port.getPort().getStrVal() + "/" + port.getProtocol())
                .containsExactlyInAnyOrderElementsOf(ports.keySet());
        assertThat(policy.getSpec().getPolicyTypes()).contains("Egress");
        assertThat(policy.getSpec().getEgress()).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("overlays")
    void setsVariablesThatTheServerReads(String of) throws IOException {
        Map<String, String> variables = variables(of);
        assertThat(Variables.NAMES).containsAll(variables.keySet());
        Variables.config(variables);
    }

    /** The image trusts nobody, and one file says whom else. */
    @Test
    void trustsThePodsWithOneComponentAlone() throws IOException {
        for (String of : overlays()) {
            assertThat(variables(of)).doesNotContainKey("ECHO_TRUSTED");
        }
        assertThat(Variables.config(variables("trusted")).access().trusted())
                .contains(List.of(Cidr.parse("pod network", "10.244.0.0/16")));
    }

    /** A number in the manifest would undo what an autoscaler did, each time it is applied. */
    @Test
    void leavesTheNumberOfPodsToTheClusterAndLetsASinglePodGo() throws IOException {
        for (String of : overlays()) {
            JsonNode spec = Yaml.tree("kubernetes/" + of + "/deployment.yaml").path("spec");
            assertThat(spec.has("replicas")).isFalse();
        }
        JsonNode budget = Yaml.tree("kubernetes/base/disruption.yaml").path("spec");
        assertThat(budget.path("maxUnavailable").asInt()).isEqualTo(1);
        HorizontalPodAutoscaler scaler =
                Yaml.strictly(
                        HorizontalPodAutoscaler.class,
                        Yaml.tree("kubernetes/autoscaling/autoscaler.yaml"));
        assertThat(scaler.getSpec().getScaleTargetRef().getName()).isEqualTo("echo");
        assertThat(container("base").getResources().getRequests()).containsKey("cpu");
    }

    @Test
    void labelsWhatItMakesAsKubernetesRecommends() throws IOException {
        for (String of : kustomizations()) {
            JsonNode kustomization = Yaml.tree("kubernetes/" + of + "/kustomization.yaml");
            JsonNode labels = kustomization.at("/labels/0");
            for (JsonNode resource : kustomization.path("resources")) {
                if (resource.asString().startsWith("..")) {
                    continue;
                }
                assertThat(labels.path("pairs").propertyNames())
                        .as(of)
                        .containsExactlyInAnyOrder(
                                "app.kubernetes.io/name",
                                "app.kubernetes.io/component",
                                "app.kubernetes.io/part-of");
                // What a Deployment selects by can never change.
                assertThat(labels.has("includeSelectors")).isFalse();
            }
        }
    }

    @Test
    void servesEachProtocolAtAServiceOfItsOwn() throws IOException {
        Service both = Yaml.strictly(Service.class, Yaml.tree("kubernetes/base/service.yaml"));
        List<Service> each = new ArrayList<>();
        for (String protocol : List.of("udp", "tcp")) {
            JsonNode tree = Yaml.tree("kubernetes/two-services/" + protocol + ".yaml");
            each.add(Yaml.strictly(Service.class, tree));
        }
        assertThat(each.stream().flatMap(one -> one.getSpec().getPorts().stream()))
                .containsExactlyElementsOf(both.getSpec().getPorts());
        assertThat(each)
                .allSatisfy(
                        one -> {
                            assertThat(one.getSpec().getSelector())
                                    .isEqualTo(both.getSpec().getSelector());
                            assertThat(one.getSpec().getExternalTrafficPolicy()).isEqualTo("Local");
                        });
        assertThat(each.get(0).getMetadata().getAnnotations())
                .isEqualTo(each.get(1).getMetadata().getAnnotations());
    }

    @ParameterizedTest
    @MethodSource("overlays")
    void givesTheDrainTheTimeItTakes(String of) throws IOException {
        ServerConfig.Drain drain = Variables.config(variables(of)).drain();
        Duration grace = Duration.ofSeconds(spec(of).getTerminationGracePeriodSeconds());
        // The last answers, the listeners and health end behind it: see EchoServer.close.
        assertThat(grace)
                .isGreaterThanOrEqualTo(drain.delay().plus(drain.timeout()).plusSeconds(5));
    }

    /** A component adds to the base; what it adds alone is a whole configuration, files apart. */
    @ParameterizedTest
    @MethodSource("components")
    void addsVariablesThatTheServerReads(String of) throws IOException {
        assertThat(variables(of)).isNotEmpty();
        setsVariablesThatTheServerReads(of);
    }

    @Test
    void opensThePortsThatComponentsAdd() throws IOException {
        assertThat(Variables.config(variables("tls")).tls().orElseThrow().port()).isEqualTo(2107);
        assertThat(container("tls").getPorts())
                .extracting(port -> port.getName() + "=" + port.getContainerPort())
                .containsExactly("echo-tls=2107");
        assertThat(variables("tls"))
                .containsEntry("ECHO_TLS_CERT", "/etc/echo/tls/tls.crt")
                .containsEntry("ECHO_TLS_KEY", "/etc/echo/tls/tls.key");
        Service faults = Yaml.strictly(Service.class, Yaml.tree("kubernetes/faults/service.yaml"));
        assertThat(variables("faults").get("ECHO_FAULT")).startsWith("2110:");
        assertThat(faults.getSpec().getPorts()).allMatch(port -> port.getPort() == 2110);
    }

    static List<String> overlays() {
        return List.of("base", "public");
    }

    static List<String> components() {
        return List.of("trusted", "tls", "proxy", "faults", "only-udp", "only-tcp");
    }

    /** Pod Security Standards, restricted. */
    @Test
    void keepsToTheRestrictedProfile() throws IOException {
        Job job = Yaml.strictly(Job.class, Yaml.tree("kubernetes/load/job.yaml"));
        for (PodSpec pod : List.of(spec("base"), job.getSpec().getTemplate().getSpec())) {
            assertThat(pod.getSecurityContext().getRunAsNonRoot()).isTrue();
            assertThat(pod.getSecurityContext().getRunAsUser()).isEqualTo(65_532);
            assertThat(pod.getSecurityContext().getSeccompProfile().getType())
                    .isEqualTo("RuntimeDefault");
            assertThat(pod.getEnableServiceLinks()).isFalse();
            assertThat(pod.getContainers())
                    .allSatisfy(
                            container -> {
                                var context = container.getSecurityContext();
                                assertThat(context.getAllowPrivilegeEscalation()).isFalse();
                                assertThat(context.getReadOnlyRootFilesystem()).isTrue();
                                assertThat(context.getCapabilities().getDrop())
                                        .containsExactly("ALL");
                                assertThat(context.getCapabilities().getAdd()).isEmpty();
                            });
        }
    }

    /** A generator that has failed is not tried again, and takes no other with it. */
    @Test
    void endsEveryLoad() throws IOException {
        JobSpec job = Yaml.strictly(Job.class, Yaml.tree("kubernetes/load/job.yaml")).getSpec();
        assertThat(job.getCompletionMode()).isEqualTo("Indexed");
        assertThat(job.getParallelism()).isEqualTo(job.getCompletions());
        assertThat(job.getBackoffLimitPerIndex()).isZero();
        assertThat(job.getBackoffLimit()).isNull();
        assertThat(job.getActiveDeadlineSeconds()).isPositive();
        assertThat(job.getTtlSecondsAfterFinished()).isPositive();
        PodAntiAffinity apart = job.getTemplate().getSpec().getAffinity().getPodAntiAffinity();
        assertThat(apart.getPreferredDuringSchedulingIgnoredDuringExecution()).hasSize(1);
        assertThat(apart.getRequiredDuringSchedulingIgnoredDuringExecution()).isEmpty();
    }

    private static PodSpec spec(String of) throws IOException {
        return pod(of).getSpec();
    }

    private static PodTemplateSpec pod(String of) throws IOException {
        return Yaml.strictly(Deployment.class, Yaml.tree("kubernetes/" + of + "/deployment.yaml"))
                .getSpec()
                .getTemplate();
    }

    private static Container container(String of) throws IOException {
        assertThat(spec(of).getContainers()).hasSize(1);
        return spec(of).getContainers().get(0);
    }

    private static Map<String, String> variables(String of) throws IOException {
        return container(of).getEnv().stream()
                .collect(Collectors.toMap(EnvVar::getName, EnvVar::getValue));
    }
}
