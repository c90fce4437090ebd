package io.echo.server.udp;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RepeatedAnswersTest {
    private static final long HIGH = 0x0000_0000_0000_0001L;
    private static final long LOW = 0x0000_FFFF_C000_0201L;
    private static final int PORT = 3_000;

    private final RepeatedAnswers answers = new RepeatedAnswers();
    private final ByteBuf content = Unpooled.wrappedBuffer(new byte[65_527]);
    private long nowNs = System.nanoTime();

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 7, 8, 9, 63, 64, 65, 127, 128, 129, 1_472, 65_527})
    void refusesEvery256thOfTheSame(int length) {
        for (int i = 1; i <= 1_024; i++) {
            nowNs += RepeatedAnswers.GAP_NS;
            assertThat(ends(HIGH, LOW, PORT, length)).as("%d.", i).isEqualTo(i % 256 == 0);
        }
    }

    @Test
    void neverRefusesWhatComesLessOftenThanOnceASecond() {
        for (int i = 1; i <= 1_024; i++) {
            nowNs += RepeatedAnswers.GAP_NS + 1;
            assertThat(ends(HIGH, LOW, PORT, 64)).isFalse();
        }
    }

    /** Numbers at the start or at the end, as fast as can be and for longer than a second. */
    @ParameterizedTest
    @ValueSource(ints = {4, 12, 64, 100, 1_472})
    void neverRefusesDatagramsThatDiffer(int length) {
        int refused = 0;
        for (int i = 1; i <= 100_000; i++) {
            nowNs += TimeUnit.MICROSECONDS.toNanos(100);
            content.setInt(0, i);
            refused += ends(HIGH, LOW, PORT, length) ? 1 : 0;
            content.setInt(0, 0).setInt(length - 4, -i);
            refused += ends(HIGH, LOW, PORT, length) ? 1 : 0;
            content.setInt(length - 4, 0);
        }
        assertThat(refused).isZero();
    }

    @Test
    void countsEachAddressPortAndLengthForItself() {
        for (int i = 1; i < RepeatedAnswers.ROW; i++) {
            assertThat(ends(HIGH, LOW, PORT, 64)).isFalse();
        }
        assertThat(ends(HIGH + 1, LOW, PORT, 64)).isFalse();
        assertThat(ends(HIGH, LOW + 1, PORT, 64)).isFalse();
        assertThat(ends(HIGH, LOW, PORT + 1, 64)).isFalse();
        assertThat(ends(HIGH, LOW, PORT, 65)).isFalse();
        content.setByte(63, 1);
        assertThat(ends(HIGH, LOW, PORT, 64)).isFalse();
        content.setByte(63, 0);
        assertThat(ends(HIGH, LOW, PORT, 64)).isTrue();
    }

    /** One of a train has its own content, wherever that lies. */
    @Test
    void looksAtTheDatagramAloneAndNotAtWhatLiesBesideIt() {
        content.setByte(10, 7);
        content.setByte(31, 7);
        for (int i = 1; i <= RepeatedAnswers.ROW; i++) {
            int at = i % 2 == 0 ? 10 : 31;
            content.setByte(at - 1, i).setByte(at + 9, i);
            assertThat(answers.endsRow(HIGH, LOW, PORT, content, at, 9, nowNs))
                    .isEqualTo(i == RepeatedAnswers.ROW);
        }
    }

    /** More than there are places: as long as two take one from each other, neither ends. */
    @Test
    void refusesEachOfManyThatGoRound() {
        boolean[] ended = new boolean[5_000];
        int going = ended.length;
        for (int round = 0; going > 0; round++) {
            assertThat(round).isLessThan(100 * RepeatedAnswers.ROW);
            nowNs += TimeUnit.MILLISECONDS.toNanos(20);
            for (int i = 0; i < ended.length; i++) {
                if (!ended[i]) {
                    content.setInt(0, i);
                    ended[i] = ends(HIGH, LOW, PORT, 64);
                    going -= ended[i] ? 1 : 0;
                }
            }
        }
    }

    private boolean ends(long high, long low, int port, int length) {
        return answers.endsRow(high, low, port, content, 0, length, nowNs);
    }
}
