package io.echo.server.config;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DefaultLoopsTest {
    /** Half of direct memory for 3 MiB each. */
    @ParameterizedTest
    @CsvSource({
        "64, 4096, 64",
        "64, 385, 64",
        "64, 64, 10",
        "128, 31, 5",
        "2, 31, 2",
        "8, 1, 1",
    })
    void givesEachCoreALoopWhereDirectMemoryCarriesThem(
            int cores, long directMebibytes, int loops) {
        assertThat(DefaultLoops.count(cores, directMebibytes << 20)).isEqualTo(loops);
    }
}
