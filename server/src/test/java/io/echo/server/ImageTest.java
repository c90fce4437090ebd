package io.echo.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.echo.cli.Build;
import io.echo.cli.FlagValues;
import io.echo.net.Transport;
import io.echo.server.command.Variables;
import io.echo.server.config.Cidr;
import io.echo.server.config.ServerConfig;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Checks the Dockerfile and {@code compose.yaml} against the server. */
class ImageTest {
    /** Time that {@code docker stop} waits before it kills. */
    private static final Duration DOCKER_STOP = Duration.ofSeconds(10);

    @Test
    void setsVariablesThatTheServerReadsAndADrainThatFitsDockerStop() throws IOException {
        Map<String, String> variables = imageVariables();
        assertThat(Variables.NAMES).containsAll(echo(variables).keySet());
        ServerConfig config = Variables.config(variables);
        assertThat(config.drain().delay().plus(config.drain().timeout()).plusSeconds(2))
                .isLessThan(DOCKER_STOP);
        assertThat(config.admin().orElseThrow().host()).isEqualTo("0.0.0.0");
        assertThat(config.listen().transport()).isEqualTo(Transport.best());
    }

    @Test
    void trustsNobodyUnlessTold() throws IOException {
        assertThat(Variables.config(imageVariables()).access().trusted()).contains(List.of());
    }

    @Test
    void documentsWhatItSetsAndPublishesIpv4Alone() throws IOException {
        String document = Files.readString(Yaml.DOCKER.resolve("README.md"));
        echo(imageVariables())
                .forEach(
                        (name, value) ->
                                assertThat(document)
                                        .containsPattern(
                                                "\\|.*`%s`.*\\|.*`%s`".formatted(name, value)));
        assertThat(Pattern.compile("-p (\\S+):2105:2105/").matcher(document).results())
                .isNotEmpty()
                .allMatch(host -> host.group(1).matches("[0-9.]+"));
        assertThat(document).doesNotContain("-p 2105");
    }

    /** The proxy of the engine shows clients of published ports under the gateway's address. */
    @Test
    void composesAServerThatTrustsTheContainersBesideItAndNotTheGateway() throws IOException {
        JsonNode compose = Yaml.tree("compose.yaml");
        JsonNode network = compose.at("/networks/default/ipam/config/0");
        String trusted = compose.at("/services/server/environment/ECHO_TRUSTED").asString();
        assertThat(trusted).isEqualTo(network.path("ip_range").asString());
        Cidr containers = Cidr.parse("ip_range", trusted);
        InetAddress gateway = InetAddress.getByName(network.path("gateway").asString());
        assertThat(contains(Cidr.parse("subnet", network.path("subnet").asString()), gateway))
                .isTrue();
        assertThat(contains(containers, gateway)).isFalse();
    }

    /** An image is found by its digest alone; a tag may be another one tomorrow. */
    @Test
    void standsOnBasesByDigestAndNamesItsSource() throws IOException {
        String pom = Files.readString(Yaml.DOCKER.resolve("../pom.xml"));
        String address = group("<project.address>(.+)</project.address>", pom);
        assertThat(dockerfile())
                .containsPattern("ARG BUILD_BASE=\\S+@sha256:[0-9a-f]{64}\n")
                .containsPattern("ARG RUNTIME_BASE=\\S+@sha256:[0-9a-f]{64}\n");
        for (String label : List.of("source", "url", "documentation")) {
            assertThat(dockerfile())
                    .contains("org.opencontainers.image." + label + "=\"" + address + "\"");
        }
    }

    private static String group(String regex, String text) {
        Matcher found = Pattern.compile(regex).matcher(text);
        assertThat(found.find()).as(regex).isTrue();
        return found.group(1);
    }

    @Test
    void exposesThePortsOfTheServer() throws IOException {
        int port = ServerConfig.DEFAULT.listen().port();
        int admin = ServerConfig.DEFAULT.admin().orElseThrow().port();
        assertThat(dockerfile())
                .contains("EXPOSE %d/udp %d/tcp %d/tcp%n".formatted(port, port, admin));
    }

    /** No argument of the build is needed for that; {@code REVISION} is what only Git knows. */
    @Test
    void labelsTheImagesAsTheProgramsCallThemselves() throws IOException {
        Pattern stage =
                Pattern.compile(
                        "FROM runtime AS (\\w+)\n(?:COPY .*\n)*ARG REVISION\nARG CREATED\n"
                                + "LABEL ((?:.*\\\\\n)*.*)\n");
        Pattern label = Pattern.compile("org\\.opencontainers\\.image\\.(\\w+)=\"([^\"]+)\"");
        Map<String, Map<String, String>> images = new HashMap<>();
        for (MatchResult image : stage.matcher(dockerfile()).results().toList()) {
            images.put(
                    image.group(1),
                    label.matcher(image.group(2))
                            .results()
                            .collect(Collectors.toMap(l -> l.group(1), l -> l.group(2))));
        }
        assertThat(images).containsOnlyKeys("server", "bench");
        images.forEach(
                (image, labels) ->
                        assertThat(labels)
                                .containsEntry("title", "echo-" + image)
                                .containsEntry("version", Build.version())
                                .containsEntry("revision", "$REVISION")
                                .containsEntry("created", "$CREATED")
                                .containsEntry("licenses", "Apache-2.0")
                                .containsKey("description"));
    }

    /** By default, and by variables that the server reads; {@link HealthCheckTest} runs it. */
    @Test
    void asksForHealthWhereTheServerHasIt() throws IOException {
        String program = Files.readString(Yaml.DOCKER.resolve("image/healthcheck.c"));
        int port = ServerConfig.DEFAULT.listen().port();
        assertThat(program).contains("\"ECHO_PORT\", " + port + ")", "echo + 1");
        assertThat(ServerConfig.DEFAULT.admin().orElseThrow().port()).isEqualTo(port + 1);
        assertThat(Pattern.compile("ECHO_\\w+").matcher(program).results())
                .map(MatchResult::group)
                .isNotEmpty()
                .isSubsetOf(Variables.NAMES);
    }

    @Test
    void composesAServerWithItsPortsVariablesAndTimeToDrain() throws IOException {
        JsonNode server = Yaml.tree("compose.yaml").at("/services/server");
        int port = ServerConfig.DEFAULT.listen().port();
        assertThat(texts(server.path("ports")))
                .containsExactly(
                        "0.0.0.0:" + port + ":" + port + "/udp",
                        "0.0.0.0:" + port + ":" + port + "/tcp");
        Map<String, String> set = new HashMap<>();
        server.path("environment")
                .properties()
                .forEach(variable -> set.put(variable.getKey(), variable.getValue().asString()));
        assertThat(Variables.NAMES).containsAll(set.keySet());
        Map<String, String> variables = imageVariables();
        variables.putAll(set);
        ServerConfig.Drain drain = Variables.config(variables).drain();
        Duration grace = FlagValues.duration("grace", server.path("stop_grace_period").asString());
        assertThat(drain.delay().plus(drain.timeout()).plusSeconds(5)).isLessThanOrEqualTo(grace);
    }

    @Test
    void scrapesTheServerWhereItIs() throws IOException {
        assertThat(
                        texts(
                                Yaml.tree("monitoring/prometheus.yml")
                                        .at("/scrape_configs/0/static_configs/0/targets")))
                .containsExactly("server:" + ServerConfig.DEFAULT.admin().orElseThrow().port());
    }

    private static String dockerfile() throws IOException {
        return Files.readString(Yaml.DOCKER.resolve("Dockerfile"));
    }

    private static Map<String, String> imageVariables() throws IOException {
        Map<String, String> variables = new HashMap<>();
        Matcher block = Pattern.compile("\nENV ((?:.*\\\\\n)*.*\n)").matcher(dockerfile());
        assertThat(block.find()).isTrue();
        Matcher variable = Pattern.compile("(\\w+)=(\\S+)").matcher(block.group(1));
        while (variable.find()) {
            variables.put(variable.group(1), variable.group(2));
        }
        assertThat(variables).containsKeys("ECHO_TRANSPORT", "ECHO_DRAIN_TIMEOUT");
        return variables;
    }

    private static Map<String, String> echo(Map<String, String> variables) {
        Map<String, String> echo = new HashMap<>(variables);
        echo.keySet().removeIf(name -> !name.startsWith("ECHO_"));
        return echo;
    }

    private static boolean contains(Cidr block, InetAddress address) {
        byte[] octets = address.getAddress();
        return block.contains(Cidr.high(octets), Cidr.low(octets));
    }

    private static List<String> texts(JsonNode list) {
        return StreamSupport.stream(list.spliterator(), false).map(JsonNode::asString).toList();
    }
}
