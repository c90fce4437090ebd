package io.echo.server;

import static org.assertj.core.api.Assertions.assertThatCode;

import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Random orders of events; the seed of one that fails is in its message. */
@Timeout(60)
class HandlerProgramTest {
    private static final int EVENTS = 40;

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void conservesAndReleasesWhateverTheOrder(boolean stream) {
        run(stream, 0, 1_000);
    }

    @Tag("long")
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void conservesAndReleasesInThousandsMore(boolean stream) {
        run(stream, 1_000, 5_000);
    }

    private static void run(boolean stream, int first, int end) {
        for (int seed = first; seed < end; seed++) {
            Random random = new Random(seed);
            assertThatCode(
                            () -> {
                                HandlerProgram program =
                                        new HandlerProgram(stream, () -> random.nextInt(256));
                                if (stream) {
                                    program.stream(EVENTS);
                                } else {
                                    program.datagrams(EVENTS);
                                }
                            })
                    .as("seed %d", seed)
                    .doesNotThrowAnyException();
        }
    }
}
