package io.echo.server.fault.fate;

import static org.assertj.core.api.Assertions.assertThat;

import io.echo.server.config.FaultProfile;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/** The fates of connections: what is asked, the same for the same seed. */
class ConnectionFatesTest {
    private static final FaultProfile.Connections ALL =
            new FaultProfile.Connections(
                    Optional.of(
                            new FaultProfile.Stall(
                                    Duration.ofMillis(200), Duration.ofMillis(1_000))),
                    OptionalLong.of(3_000),
                    true,
                    OptionalLong.of(500),
                    Optional.of(new FaultProfile.Split(2, 5)));

    private static List<String> draw(long seed) {
        ConnectionFates fates =
                new ConnectionFates(new FaultProfile(FaultProfile.Datagrams.NONE, ALL, seed));
        List<String> drawn = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            ConnectionFate fate = fates.next();
            StringBuilder text = new StringBuilder();
            text.append(fate.stalls().orElseThrow()).append(fate.finishAfter().orElseThrow());
            for (int piece = 0; piece < i; piece++) {
                text.append(' ').append(fate.pieces().orElseThrow().next());
            }
            drawn.add(text.toString());
        }
        return drawn;
    }

    @Test
    void sameSeedSameFates() {
        assertThat(draw(4)).isEqualTo(draw(4)).doesNotHaveDuplicates();
        assertThat(draw(4)).isNotEqualTo(draw(5));
    }

    @Test
    void aConnectionWithoutFaultsHasNoFate() {
        ConnectionFate fate = new ConnectionFates(FaultProfile.NONE).next();
        assertThat(fate)
                .isEqualTo(
                        new ConnectionFate(
                                Optional.empty(),
                                OptionalLong.empty(),
                                OptionalLong.empty(),
                                OptionalLong.empty(),
                                Optional.empty(),
                                Optional.empty(),
                                OptionalLong.empty()));
    }

    @Test
    void piecesHaveEveryLengthThatIsAskedAndNoOther() {
        ConnectionFate fate =
                new ConnectionFates(new FaultProfile(FaultProfile.Datagrams.NONE, ALL, 1)).next();
        List<Integer> lengths = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            lengths.add(fate.pieces().orElseThrow().next());
        }
        assertThat(lengths).containsOnly(2, 3, 4, 5).contains(2, 3, 4, 5);
    }

    @Test
    void stallsLastTheirTimeInEachPeriod() {
        ConnectionFate.Stalls stalls = new ConnectionFate.Stalls(300, 20, 100);
        assertThat(stalls.waitNs(0)).isZero();
        assertThat(stalls.waitNs(299)).isZero();
        assertThat(stalls.waitNs(300)).isEqualTo(20);
        assertThat(stalls.waitNs(519)).isEqualTo(1);
        assertThat(stalls.waitNs(520)).isZero();
    }
}
