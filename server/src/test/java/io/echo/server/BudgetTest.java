package io.echo.server;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BudgetTest {
    /** Two socket buffers of 256 KiB, which the kernel doubles, are 1 MiB; half of it is theirs. */
    @ParameterizedTest
    @CsvSource({
        "1048576, 128, 64",
        "1048576, 1024, 512",
        "100, 1024, 100",
        "1048576, 1, 1",
        "1048576, 65536, 10000",
    })
    void allowsWhatDescriptorsAndMemoryCanHold(long descriptors, long mebibytes, int connections) {
        assertThat(Budget.defaultConnections(descriptors, mebibytes << 20)).isEqualTo(connections);
    }
}
