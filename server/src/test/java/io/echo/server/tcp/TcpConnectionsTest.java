package io.echo.server.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class TcpConnectionsTest {
    @Test
    void allowsLessSilenceAsTheTableFills() {
        long minute = Duration.ofMinutes(1).toNanos();
        long second = Duration.ofSeconds(1).toNanos();
        assertThat(TcpConnections.idleNs(minute, 0, 100)).isEqualTo(minute);
        assertThat(TcpConnections.idleNs(minute, 50, 100)).isEqualTo(minute);
        assertThat(TcpConnections.idleNs(minute, 75, 100)).isEqualTo(minute / 2);
        assertThat(TcpConnections.idleNs(minute, 90, 100))
                .isBetween(minute / 5 - 9, minute / 5 + 9);
        assertThat(TcpConnections.idleNs(minute, 100, 100)).isEqualTo(second);
        assertThat(TcpConnections.idleNs(minute, 200, 100)).isEqualTo(second);
        assertThat(TcpConnections.idleNs(1_000, 100, 100)).isEqualTo(1_000);
        assertThat(TcpConnections.idleNs(0, 100, 100)).as("never").isZero();
    }
}
