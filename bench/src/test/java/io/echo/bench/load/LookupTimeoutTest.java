package io.echo.bench.load;

import static org.assertj.core.api.Assertions.assertThat;

import io.echo.net.Target;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The time that looking the target up may take. */
class LookupTimeoutTest {
    private static final Instant NOW = Instant.parse("2026-01-31T12:00:00Z");
    private static final LoadConfig LOAD = Loads.of(Target.parse("udp://echo"), Loads.OPEN, 1);

    @Test
    void lastsUntilAStartThatIsLater() {
        LoadConfig later = LOAD.withStartAt(Optional.of(NOW.plusSeconds(20)));
        assertThat(later.lookupTimeout(NOW)).isEqualTo(Duration.ofSeconds(20));
    }

    @Test
    void isTheTimeoutOtherwise() {
        for (Optional<Instant> start :
                List.of(Optional.<Instant>empty(), Optional.of(NOW.minusSeconds(20)))) {
            assertThat(LOAD.withStartAt(start).lookupTimeout(NOW)).isEqualTo(LOAD.timeout());
        }
    }
}
