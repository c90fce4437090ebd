package io.echo.client.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ProbeSizesTest {
    @Test
    void takesAListInTurn() {
        ProbeSizes sizes = ProbeSizes.parse("--size", "64,512,1400");
        assertThat(LongStream.range(0, 4).mapToInt(sizes::bytes))
                .containsExactly(64, 512, 1400, 64);
        assertThat(sizes.largest()).isEqualTo(1400);
        assertThat(sizes.uniform()).isFalse();
    }

    @Test
    void spreadsAMixEvenly() {
        ProbeSizes sizes = ProbeSizes.parse("--size", "64:70%,1400:30%");
        assertThat(LongStream.range(0, 10).mapToInt(sizes::bytes).filter(b -> b == 1400).count())
                .isEqualTo(3);
        assertThat(
                        LongStream.range(1_000, 1_100)
                                .mapToInt(sizes::bytes)
                                .filter(b -> b == 1400)
                                .count())
                .isEqualTo(30);
        assertThat(sizes.mean()).isEqualTo(464.8);
    }

    @ParameterizedTest
    @ValueSource(strings = {"31", "65508", "", "64,", "64:70%", "64:70%,1400:31%", "64:x"})
    void rejectsWhatNoProbeCanBe(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ProbeSizes.parse("--size", text))
                .withMessageStartingWith("--size must be ");
    }
}
