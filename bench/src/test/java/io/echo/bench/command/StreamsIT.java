package io.echo.bench.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.echo.bench.load.OddServer;
import io.echo.testing.Redirected;
import io.echo.testing.RunnableJar;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The runnable jar with standard streams that are closed or full. */
@Timeout(180)
class StreamsIT {
    private static final Path JAR = Path.of("target", "echo-bench.jar");

    @TempDir private Path directory;

    private Redirected run(String way, String... arguments) throws Exception {
        return Redirected.run(directory, RunnableJar.brief(JAR, arguments), way);
    }

    @Test
    @Tag("long")
    void measuresWhateverIsClosedAndEndsWithOneWhereItCannotTell() throws Exception {
        try (OddServer echo = OddServer.udp((n, request, reply) -> reply.send(request))) {
            String target = echo.target().toString();
            for (String way : Redirected.WAYS) {
                Redirected end =
                        run(way, "load", "--count=20", "--warmup=0s", "--timeout=1s", target);
                assertThat(end.endedWith(0)).as(way + ": " + end).isTrue();
                assertThat(end.out().contains("received      20")).isEqualTo(!end.broken());
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"--version, 0", "completion bash, 0", "jmh -l, 0"})
    @Tag("long")
    void allCommandsEndWithOneWhereTheyCannotPrint(String arguments, int code) throws Exception {
        endsWithOneWhereItCannotPrint(arguments, code);
    }

    @ParameterizedTest
    @CsvSource({"--help, 0", "--bogus, 2"})
    void endsWithOneWhereItCannotPrint(String arguments, int code) throws Exception {
        for (String way : Redirected.OUTPUT_WAYS) {
            Redirected end = run(way, arguments.split(" "));
            boolean right = code == 2 ? end.exit() == 2 : end.endedWith(code);
            assertThat(right).as(way + ": " + end).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"merge", "splits -", "compare - -"})
    void readsNothingFromAnInputThatIsClosed(String command) throws Exception {
        assertReadsNothing(command, "<&-");
    }

    @ParameterizedTest
    @ValueSource(strings = {"merge", "splits -", "compare - -"})
    @Tag("long")
    void readsNothingWhereOutputsAreClosedToo(String command) throws Exception {
        assertReadsNothing(command, "<&- >&-");
        assertReadsNothing(command, "<&- >&- 2>&-");
    }

    private void assertReadsNothing(String command, String way) throws Exception {
        Redirected end = run(way, command.split(" "));
        assertThat(end.exit()).as(command + way).isEqualTo(1);
        assertThat(end.err())
                .matches("(echo-bench: input must hold a result of load, got [^\n]+\n)?");
    }
}
