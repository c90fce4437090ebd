package io.echo.server.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.handler.codec.http.HttpResponseStatus;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CachedResponseTest {
    private static final long MILLIS = 1_000_000;

    private long nowNs = -5;
    private int made;

    @ParameterizedTest
    @CsvSource({"1, 9", "5, 45", "12, 100", "60, 100"})
    void isGivenOutAgainForNineTimesItsMakingOrAtMost100Ms(long tookMs, long keptMs) {
        CachedResponse costly =
                new CachedResponse(
                        () -> {
                            nowNs += tookMs * MILLIS;
                            return AdminResponse.text(HttpResponseStatus.OK, "made " + ++made);
                        },
                        () -> nowNs);
        AdminResponse first = costly.get();
        nowNs += keptMs * MILLIS;
        assertThat(costly.get()).isSameAs(first);
        nowNs++;
        assertThat(costly.get().body()).isEqualTo("made 2\n");
    }

    @Test
    void isMadeAgainWhenItCouldNotBeMade() {
        CachedResponse costly =
                new CachedResponse(
                        () -> {
                            if (++made == 1) {
                                throw new IllegalStateException("not yet");
                            }
                            return AdminResponse.text(HttpResponseStatus.OK, "now");
                        },
                        () -> nowNs);
        assertThatThrownBy(costly::get).hasMessage("not yet");
        assertThat(costly.get().body()).isEqualTo("now\n");
    }
}
