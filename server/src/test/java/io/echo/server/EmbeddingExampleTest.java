package io.echo.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.echo.testing.Readme;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class EmbeddingExampleTest {
    @TempDir private Path classes;

    @Test
    void exampleInTheReadmeCompilesAndRuns() throws Exception {
        assertThat(Readme.run(Readme.block("embedding-example"), classes))
                .matches("echoing on udp=127.0.0.1:(\\d+) tcp=127.0.0.1:\\1");
    }

    @Test
    void exampleOfFaultsCompilesAndRuns() throws Exception {
        assertThat(Readme.run(Readme.block("fault-embedding-example"), classes))
                .isEqualTo("my client got the reply twice: 7");
    }
}
