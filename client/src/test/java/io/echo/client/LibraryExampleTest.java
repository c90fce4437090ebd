package io.echo.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.echo.testing.Readme;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class LibraryExampleTest {
    @TempDir private Path classes;

    @Test
    void exampleInTheReadmeCompilesAndRuns() throws Exception {
        try (UdpPeer peer = UdpPeer.echo()) {
            String example =
                    Readme.block("library-example")
                            .replace("localhost:2105", "127.0.0.1:" + peer.target().port());

            assertThat(Readme.run(example, classes)).matches("hello after PT[\\d.]+S");
        }
    }
}
