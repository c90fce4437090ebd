package io.echo.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.echo.testing.Redirected;
import io.echo.testing.RunnableJar;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The runnable jar with standard streams that are closed or full. */
@Timeout(120)
class StreamsIT {
    private static final Path JAR = Path.of("target", "echo-server.jar");

    @TempDir private Path directory;

    private Redirected run(String way, String... arguments) throws Exception {
        return Redirected.run(directory, RunnableJar.brief(JAR, arguments), way);
    }

    @ParameterizedTest
    @CsvSource({"--help, 0", "--version, 0", "completion bash, 0", "--bogus, 2"})
    void endsWithOneWhereItCannotPrint(String arguments, int code) throws Exception {
        for (String way : Redirected.OUTPUT_WAYS) {
            Redirected end = run(way, arguments.split(" "));
            boolean right = code == 2 ? end.exit() == 2 : end.endedWith(code);
            assertThat(right).as(way + ": " + end).isTrue();
        }
    }

    /** Nobody would know its ports. */
    @Test
    void doesNotServeWhereItCannotSayThatItIsReady() throws Exception {
        for (String way : List.of(">&-", ">/dev/full", ">&- 2>&-", ">/dev/full 2>/dev/full")) {
            assertThat(run(way, "--host=127.0.0.1", "--port=0").exit()).as(way).isEqualTo(1);
        }
    }
}
