package io.echo.client.flow;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A set of numbers that takes no more memory than it may. */
class MissedNumbersTest {
    private static List<Long> in(MissedNumbers numbers) {
        List<Long> list = new ArrayList<>();
        numbers.forEach(list::add);
        return list;
    }

    @Test
    void leavesOutWhatNeedsAFurtherBlock() {
        MissedNumbers numbers = new MissedNumbers(0, 2);
        for (long number : new long[] {7, 3, 1_000_000_000, 1_000_000, 9, 1_000_000_001}) {
            numbers.add(number);
        }
        assertThat(in(numbers)).containsExactly(3L, 7L, 9L, 1_000_000_000L, 1_000_000_001L);
    }
}
