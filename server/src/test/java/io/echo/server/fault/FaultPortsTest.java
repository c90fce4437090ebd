package io.echo.server.fault;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.echo.net.Transport;
import io.echo.server.EchoServer;
import io.echo.server.TestServers;
import io.echo.server.config.ServerConfig;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.ServerSocket;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Ports that misbehave, as a server binds them. */
@Timeout(60)
class FaultPortsTest {
    /** A port that is taken is named with its flag, whichever protocol has it. */
    @ParameterizedTest
    @EnumSource(Transport.class)
    void namesTheFlagOfAPortInUse(Transport transport) throws IOException {
        try (DatagramSocket udp = new DatagramSocket(0, TestServers.loopback());
                ServerSocket tcp = new ServerSocket(0, 1, TestServers.loopback())) {
            assertInUse(transport, udp.getLocalPort());
            assertInUse(transport, tcp.getLocalPort());
        }
    }

    private static void assertInUse(Transport transport, int port) {
        ServerConfig config = FaultServers.config(transport, port, "loss=1%");
        assertThatThrownBy(() -> EchoServer.start(config).close())
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith("cannot bind port " + port + " (")
                .hasMessageEndingWith("in use; set --fault");
    }
}
