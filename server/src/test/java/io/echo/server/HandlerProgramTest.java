package io.echo.server;

import static org.assertj.core.api.Assertions.assertThatCode;

import java.util.Random;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Ten thousand random orders of events; the seed of one that fails is in its message. */
@Timeout(60)
class HandlerProgramTest {
    private static final int PROGRAMS = 5_000;
    private static final int EVENTS = 40;

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void conservesAndReleasesWhateverTheOrder(boolean stream) {
        for (int seed = 0; seed < PROGRAMS; seed++) {
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
