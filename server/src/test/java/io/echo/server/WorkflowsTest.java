package io.echo.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/** Checks what actionlint does not: what workflows are allowed, and what they name of this tree. */
class WorkflowsTest {
    private static final Path TOP = Path.of("..");
    private static final Path WORKFLOWS = Path.of(".github", "workflows");
    private static final Pattern ACTION = Pattern.compile("uses: (\\S+)(.*)");
    private static final Pattern SCRIPT = Pattern.compile("(?<![\\w./-])(docker|\\.ci)/[\\w./-]+");

    static List<Path> workflows() throws IOException {
        try (Stream<Path> files = Files.list(TOP.resolve(WORKFLOWS))) {
            return files.sorted().toList();
        }
    }

    /** Whoever moves a tag of somebody else's repository would else run in our release. */
    @ParameterizedTest
    @MethodSource("workflows")
    void namesActionsByDigestAndSaysTheirVersion(Path workflow) throws IOException {
        List<MatchResult> actions = ACTION.matcher(Files.readString(workflow)).results().toList();
        assertThat(actions).isNotEmpty();
        for (MatchResult action : actions) {
            assertThat(action.group(1)).matches("[\\w-]+/[\\w-]+@[0-9a-f]{40}");
            assertThat(action.group(2)).matches(" # v\\d+\\.\\d+\\.\\d+");
        }
    }

    @ParameterizedTest
    @MethodSource("workflows")
    void mayReadAloneUnlessAJobSaysMoreAndEndsInTime(Path workflow) throws IOException {
        JsonNode tree = Yaml.read(workflow);
        assertThat(tree.at("/permissions").toString()).isEqualTo("{\"contents\":\"read\"}");
        for (JsonNode job : tree.path("jobs")) {
            assertThat(job.path("timeout-minutes").asInt()).isBetween(1, 45);
        }
    }

    @ParameterizedTest
    @MethodSource("workflows")
    void runsScriptsThatAreThere(Path workflow) throws IOException {
        List<String> scripts =
                SCRIPT.matcher(Files.readString(workflow))
                        .results()
                        .map(MatchResult::group)
                        .filter(name -> !name.matches("docker/[\\w-]+-action"))
                        .toList();
        assertThat(scripts).isNotEmpty();
        assertThat(scripts).allMatch(name -> Files.isRegularFile(TOP.resolve(name)));
    }
}
