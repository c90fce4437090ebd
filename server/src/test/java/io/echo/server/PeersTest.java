package io.echo.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.echo.net.Transport;
import java.io.IOException;
import java.util.Random;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Our server, asked by programs that we did not write. */
@Timeout(60)
class PeersTest {
    private static final String UDP_CLIENT =
            """
            import socket, sys
            s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            s.settimeout(20)
            for n in (1, 5, 1000, 2048):
                s.sendto(bytes([n % 256]) * n, ('127.0.0.1', int(sys.argv[1])))
                data, address = s.recvfrom(2048)
                assert data == bytes([n % 256]) * n, n
            print('udp ok')
            """;

    private static final String TCP_CLIENT =
            """
            import socket, sys
            s = socket.create_connection(('127.0.0.1', int(sys.argv[1])), 20)
            s.sendall(b'hello')
            assert s.recv(2048) == b'hello'
            s.close()
            print('tcp ok')
            """;

    /**
     * Sends an urgent byte alone, behind others, and in front of others that are there when the
     * server comes to read: a read ends at the byte, and the next has to come by itself.
     */
    private static final String URGENT_CLIENT =
            """
            import os, socket, sys
            s = socket.create_connection(('127.0.0.1', int(sys.argv[1])), 20)
            s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            def echoed(*parts):
                for data, flags in parts:
                    assert s.send(data, flags) == len(data)
                wanted, got = b''.join(data for data, _ in parts), b''
                while len(got) < len(wanted):
                    got += s.recv(1 << 20)
                assert got == wanted, (got[:20], wanted[:20])
            urgent = socket.MSG_OOB
            for _ in range(200):
                echoed((b'abc', 0), (b'XYZ', urgent), (b'def', 0))
                echoed((b'!', urgent))
                echoed((b'a', urgent), (b'b', urgent), (b'c', urgent))
                echoed((os.urandom(30000), 0), (b'!', urgent), (os.urandom(30000), 0))
            s.send(b'last', urgent)
            s.shutdown(socket.SHUT_WR)
            rest = b''
            while data := s.recv(9):  # A read may stop at the mark.
                rest += data
            assert rest == b'last', rest
            print('urgent ok')
            """;

    @ParameterizedTest
    @EnumSource(Transport.class)
    void losesNoUrgentByte(Transport transport) throws IOException {
        try (EchoServer server = TestServers.start(transport)) {
            Peers.Result peer =
                    Peers.run(new byte[0], "python3", "-c", URGENT_CLIENT, port(server));
            assertThat(peer.out()).asString().as(peer.err()).isEqualTo("urgent ok\n");
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void answersNetcatOverTcp(Transport transport) throws IOException {
        byte[] sent = new byte[1 << 20];
        new Random(3).nextBytes(sent);
        try (EchoServer server = TestServers.start(transport)) {
            Peers.Result nc = Peers.run(sent, "nc", "-N", "127.0.0.1", port(server));
            assertThat(nc.out()).isEqualTo(sent);
            assertThat(nc.exitCode()).isZero();
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void answersNetcatOverUdp(Transport transport) throws IOException {
        try (EchoServer server = TestServers.start(transport)) {
            Peers.Result nc =
                    Peers.run(
                            "hello\n".getBytes(),
                            "nc",
                            "-u",
                            "-W1",
                            "-w20",
                            "127.0.0.1",
                            port(server));
            assertThat(nc.out()).asString().isEqualTo("hello\n");
            assertThat(nc.exitCode()).isZero();
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void answersSocatOverTcp(Transport transport) throws IOException {
        byte[] sent = new byte[300_000];
        new Random(4).nextBytes(sent);
        try (EchoServer server = TestServers.start(transport)) {
            String target = "TCP:127.0.0.1:" + port(server);
            Peers.Result socat = Peers.run(sent, "socat", "-t5", "-", target);
            assertThat(socat.out()).isEqualTo(sent);
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void answersTheClassicPythonClients(Transport transport) throws IOException {
        try (EchoServer server = TestServers.start(transport)) {
            Peers.Result udp = Peers.run(new byte[0], "python3", "-c", UDP_CLIENT, port(server));
            assertThat(udp.out()).asString().as(udp.err()).isEqualTo("udp ok\n");
            Peers.Result tcp = Peers.run(new byte[0], "python3", "-c", TCP_CLIENT, port(server));
            assertThat(tcp.out()).asString().as(tcp.err()).isEqualTo("tcp ok\n");
        }
    }

    private static String port(EchoServer server) {
        return String.valueOf(TestServers.port(server));
    }
}
