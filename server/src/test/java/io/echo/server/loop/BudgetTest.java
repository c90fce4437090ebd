package io.echo.server.loop;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BudgetTest {
    /**
     * Two socket buffers of 256 KiB, which the kernel doubles, are 1 MiB; half of a container's
     * memory is theirs.
     */
    @ParameterizedTest
    @CsvSource({
        "128, 1024, 64",
        "1024, 1024, 512",
        "1, 1024, 1",
        "65536, 16384, 10000",
        "65536, 512, 2048",
        "65536, 0, 1",
    })
    void allowsWhatMemoryCanHold(long mebibytes, long directMebibytes, int connections) {
        assertThat(Budget.defaultConnections(mebibytes << 20, directMebibytes << 20))
                .isEqualTo(connections);
    }

    @Test
    void warnsOfALimitThatDirectMemoryCannotHold() {
        assertThat(new Budget(128, 32 << 20, 34 << 20, 2 << 20, 128 << 20).shortage()).isEmpty();
        assertThat(new Budget(600, 32 << 20, 34 << 20, 2 << 20, 600 << 20).shortage())
                .contains(
                        "600 connections whose peers do not read may need 150 MiB of direct memory,"
                                + " and loops leave 32: set -XX:MaxDirectMemorySize");
    }
}
