package io.echo.server.loop;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BudgetTest {
    /** Heap of a full connection that is not over TLS. */
    private static final long EACH = 16 << 10;

    /** Half of the container's memory for two buffers of 64 KiB, which the kernel doubles. */
    @ParameterizedTest
    @CsvSource({
        "64, 1024, 256",
        "64, 32, 128",
        "1, 1024, 4",
        "0, 1024, 1",
        "65536, 16384, 10000",
        "65536, 512, 2048",
        "65536, 0, 1",
    })
    void allowsWhatMemoryCanHold(long kernelMebibytes, long directMebibytes, int connections) {
        assertThat(
                        Budget.defaultConnections(
                                kernelMebibytes << 20, directMebibytes << 20, 1L << 40, EACH))
                .isEqualTo(connections);
    }

    @Test
    void allowsWhatHalfOfTheHeapCanHold() {
        assertThat(Budget.defaultConnections(1L << 40, 2L << 30, 64 << 20, EACH)).isEqualTo(2_048);
        assertThat(new Budget(2_048, 64 << 20, 2L << 30, 2 << 20, 256 << 10, EACH).shortage())
                .isEmpty();
        assertThat(new Budget(4_000, 64 << 20, 2L << 30, 2 << 20, 256 << 10, EACH).shortage())
                .contains(
                        "4000 connections whose peers do not read may need 62 MiB of the heap, and"
                                + " half of it is 32: set -Xmx");
    }

    /** Never more than half of the memory until buffers are too small for a stream. */
    @ParameterizedTest
    @CsvSource({
        "4096, 100, 256",
        "128, 128, 256",
        "128, 230, 142",
        "128, 512, 64",
        "128, 1024, 32",
        "128, 5000, 32",
    })
    void sharesTheKernelsMemoryAmongConnections(long mebibytes, int connections, int kibibytes) {
        assertThat(Budget.bufferBytes(mebibytes << 20, connections)).isEqualTo(kibibytes << 10);
    }

    @Test
    void saysWhatFullConnectionsTake() {
        Budget budget = new Budget(230, 64 << 20, 62 << 20, 2 << 20, 142 << 10, EACH);
        assertThat(budget)
                .hasToString(
                        "at most: heap 64 MiB, direct 62 MiB, kernel 127 MiB if all 230 connections"
                                + " are full (two buffers of 142 KiB each, doubled)");
        assertThat(budget.within(10).kernelBytes()).isEqualTo(10 * 4 * 142 << 10);
    }

    @Test
    void warnsOfALimitThatDirectMemoryCannotHold() {
        assertThat(new Budget(128, 32 << 20, 34 << 20, 2 << 20, 256 << 10, EACH).shortage())
                .isEmpty();
        assertThat(new Budget(600, 32 << 20, 34 << 20, 2 << 20, 256 << 10, EACH).shortage())
                .contains(
                        "600 connections whose peers do not read may need 150 MiB of direct memory,"
                                + " and loops leave 32: set -XX:MaxDirectMemorySize");
    }
}
