package io.echo.client.figures;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Locale;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class FiguresTest {
    private final SplittableRandom random = new SplittableRandom(1);

    @Test
    void groupsWholeNumbersAsTheLibraryDoes() {
        for (int i = 0; i < 10_000; i++) {
            long number = random.nextLong() >> random.nextInt(Long.SIZE);
            assertThat(Figures.count(number)).isEqualTo(String.format(Locale.ROOT, "%,d", number));
        }
        assertThat(Figures.count(Long.MIN_VALUE)).isEqualTo("-9,223,372,036,854,775,808");
    }

    @Test
    void roundsToTenthsAsTheLibraryDoes() {
        for (int i = 0; i < 10_000; i++) {
            double value = (random.nextLong(1L << 50) >> random.nextInt(50)) / 1e3;
            assertThat(Double.parseDouble(Figures.tenths(value)))
                    .isEqualTo(Double.parseDouble(String.format(Locale.ROOT, "%.1f", value)));
        }
    }

    @Test
    void changesTheUnitOfATimeWhereItWouldGetTooLong() {
        assertThat(Figures.shortTime(0)).isEqualTo("0.0 us");
        assertThat(Figures.shortTime(999.94)).isEqualTo("999.9 us");
        assertThat(Figures.shortTime(999.95)).isEqualTo("1.0 ms");
        assertThat(Figures.shortTime(12_345)).isEqualTo("12.3 ms");
        assertThat(Figures.shortTime(999_950)).isEqualTo("1.0 s");
        assertThat(Figures.shortTime(3_600_000_000.0)).isEqualTo("3600.0 s");
    }

    @Test
    void showsAFigureApartFromTheBoundThatItMisses() {
        assertThat(Figures.beside(2_999.95, 3_000, Unit.PER_SECOND)).isEqualTo("2999.95/s");
        assertThat(Figures.beside(0.10001, 0.1, Unit.PERCENT)).isEqualTo("0.10001\u00a0%");
        assertThat(Figures.beside(5_000.4, 5_000, Unit.US)).isEqualTo("5000.4\u00a0us");
        assertThat(Figures.beside(3_000, 3_000, Unit.PER_SECOND)).isEqualTo("3,000/s");
        assertThat(Figures.beside(2_000, 3_000, Unit.PER_SECOND)).isEqualTo("2,000/s");
    }
}
