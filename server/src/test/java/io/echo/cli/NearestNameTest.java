package io.echo.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NearestNameTest {
    private static final List<String> NAMES = List.of("load", "sweep", "send", "ping", "jmh");

    @ParameterizedTest
    @CsvSource({
        "pin, ping",
        "pign, ping",
        "laod, load",
        "sedn, send",
        "sweeep, sweep",
        "ping, ping"
    })
    void aMistypedNameIsRecognised(String typed, String meant) {
        assertThat(NearestName.of(typed, NAMES)).contains(meant);
    }

    @ParameterizedTest
    @CsvSource({"localhost", "mail", "x", "''"})
    void anotherWordIsNotGuessedAt(String typed) {
        assertThat(NearestName.of(typed, NAMES)).isEmpty();
    }
}
