package io.echo.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The prober by itself, beside a server whose own probes are off. */
@Timeout(60)
class ProberTest {
    private final List<InetSocketAddress> admitted = new ArrayList<>();

    /** Else a client that is given the same port next would pass every guard, uncounted. */
    @ParameterizedTest
    @EnumSource(Protocol.class)
    void isAdmittedForNoLongerThanItHoldsItsPort(Protocol protocol) throws IOException {
        ServerConfig config = TestServers.config(Transport.NIO).withAdmin(Optional.empty());
        try (EchoServer server = EchoServer.start(config)) {
            Prober prober = new Prober(server::addresses, Map.of(protocol, admitted::add));
            prober.probe();
            assertThat(prober.succeeded(protocol)).isEqualTo(1);
            assertThat(admitted).hasSize(2).last().isEqualTo(Prober.NOWHERE);
            assertThat(admitted.get(0).getAddress()).isEqualTo(TestServers.loopback());
        }
    }

    @Test
    void saysWhatIsWrongAlsoWhereTheSystemDoesNot() throws IOException {
        int free;
        try (DatagramSocket socket = new DatagramSocket(0, TestServers.loopback())) {
            free = socket.getLocalPort();
        }
        InetSocketAddress nobody = new InetSocketAddress(TestServers.loopback(), free);
        Addresses addresses = new Addresses(List.of(nobody), List.of(), Optional.empty());
        Prober prober = new Prober(() -> addresses, Map.of(Protocol.UDP, admitted::add));
        for (int i = 0; i < Prober.FAILURES; i++) {
            assertThat(prober.problem()).isEmpty();
            prober.probe();
        }
        assertThat(prober.problem())
                .contains(
                        "no echo over udp through 127.0.0.1:" + free
                                + ": java.net.PortUnreachableException");
        assertThat(admitted).last().isEqualTo(Prober.NOWHERE);
    }
}
