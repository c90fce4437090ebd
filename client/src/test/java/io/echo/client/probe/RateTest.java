package io.echo.client.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RateTest {
    @Test
    void isWrittenAsItIsRead() {
        assertThat(Rate.parse("--rate", "1.5k")).hasToString("1500/s");
        assertThat(Rate.parse("--rate", "0.001").perSecond()).isEqualTo(0.001);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "0.0", "101M"})
    void rejectsOtherRates(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Rate.parse("--rate", text))
                .withMessageStartingWith("--rate must be ")
                .withMessageEndingWith(", got " + text);
    }
}
