package io.echo.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FlagValuesTest {
    @ParameterizedTest
    @CsvSource({
        "250us,250000",
        "5ms,5000000",
        "10s,10000000000",
        "1m,60000000000",
        "2h,7200000000000",
        "100ns,100",
        "0.2,200000000",
        ".5,500000000",
        "3,3000000000",
        "1.5ms,1500000",
        "1.0005us,1001",
        "0.5ns,1",
        "0.0ns,0",
        "8760h,31536000000000000",
        "31535999.999999999,31535999999999999",
        "0s,0"
    })
    void readsDurations(String text, long ns) {
        assertThat(FlagValues.duration("--timeout", text)).isEqualTo(Duration.ofNanos(ns));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "soon",
                "-1s",
                "1,5s",
                "1 s",
                "1.s",
                "5M",
                "1e3",
                "8761h",
                "8760.1h",
                "9999999999h",
                "999999999999999h",
                "999999999999999.9h",
                "31536000.000000001"
            })
    void rejectsOtherDurations(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> FlagValues.duration("--timeout", text))
                .withMessageStartingWith("--timeout must be ")
                .withMessageEndingWith(", got " + (text.isEmpty() ? "nothing" : text));
    }

    @Test
    void rejectsZeroWhereATimeMustPass() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> FlagValues.positiveDuration("-i", "0"))
                .withMessage("-i must be longer than zero, got 0");
    }

    @ParameterizedTest
    @CsvSource({
        "10000,10000",
        "10000/s,10000",
        "10k,10000",
        "10k/s,10000",
        "1.5M,1500000",
        "0.5,0.5",
        "0.001,0.001",
        "12.345,12.345"
    })
    void readsRates(String text, double perSecond) {
        assertThat(FlagValues.perSecond("--rate", text).doubleValue()).isEqualTo(perSecond);
    }

    @ParameterizedTest
    @ValueSource(strings = {"-5", "fast", "10m", "10/m", "1,000", ""})
    void rejectsOtherRates(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> FlagValues.perSecond("--rate", text))
                .withMessageStartingWith("--rate must be ")
                .withMessageEndingWith(", got " + (text.isEmpty() ? "nothing" : text));
    }

    @Test
    void readsPercentages() {
        assertThat(FlagValues.percentage("--max-loss", "0.1%")).isEqualTo(0.001);
        assertThat(FlagValues.percentage("--max-loss", "100%")).isEqualTo(1);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> FlagValues.percentage("--max-loss", "0.1"))
                .withMessage("--max-loss must be a percentage such as 0.1%, got 0.1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> FlagValues.percentage("--max-loss", "101%"))
                .withMessage("--max-loss must be from 0% to 100%, got 101%");
    }

    @Test
    void readsCountsInRange() {
        assertThat(FlagValues.count("-s", "32", 32, 65_507)).isEqualTo(32);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> FlagValues.count("-s", "31", 32, 65_507))
                .withMessage("-s must be a whole number from 32 to 65507, got 31");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "+5",
                "\u0667",
                "\uff17\uff11",
                "1 2",
                "1e3",
                "2147483648",
                "99999999999999999999"
            })
    void rejectsOtherNumbers(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> FlagValues.number("--port", text))
                .withMessage(
                        "--port must be a whole number, got "
                                + (text.isEmpty() ? "nothing" : text));
        assertThat(FlagValues.number("--port", " -1 ")).isEqualTo(-1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"53-", "-53", "-"})
    void rejectsHalfARange(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> FlagValues.ports("--allow-source-ports", List.of(text)))
                .withMessage(
                        "--allow-source-ports must be ports and ranges of them, such as"
                                + " 1000-1023, got "
                                + text);
    }

    @Test
    void keepsToTheDecimalPointWhateverTheLocale() {
        Locale before = Locale.getDefault();
        Locale.setDefault(Locale.GERMANY);
        try {
            assertThat(FlagValues.duration("-i", "0.2")).isEqualTo(Duration.ofMillis(200));
            assertThat(FlagValues.perSecond("--rate", "1.5k")).isEqualByComparingTo("1500");
        } finally {
            Locale.setDefault(before);
        }
    }

    @Test
    void showsRatesAsTheyAreRead() {
        assertThat(FlagValues.show(1e9)).isEqualTo("1000000000/s");
        assertThat(FlagValues.show(0.001)).isEqualTo("0.001/s");
        assertThat(FlagValues.show(-3)).isEqualTo("-3/s");
        assertThat(FlagValues.show(1e21)).isEqualTo("1000000000000000000000/s");
        assertThat(FlagValues.show(Double.NaN)).isEqualTo("NaN");
        assertThat(FlagValues.show(Double.NEGATIVE_INFINITY)).isEqualTo("-Infinity");
    }

    @ParameterizedTest
    @ValueSource(strings = {"1s", "250ms", "90s", "7us", "3ns"})
    void showsWhatItReads(String text) {
        assertThat(FlagValues.show(FlagValues.duration("-i", text))).isEqualTo(text);
    }
}
