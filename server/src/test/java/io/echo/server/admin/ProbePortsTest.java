package io.echo.server.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.echo.server.TestServers;
import io.echo.server.admission.ProbePass;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A pass lasts as long as the socket that has its port, and few are open. */
class ProbePortsTest {
    private final ProbePass pass = new ProbePass();
    private final ProbePorts ports = new ProbePorts(pass);
    private final List<DatagramSocket> sockets = new ArrayList<>();

    @AfterEach
    void closeAll() {
        sockets.forEach(DatagramSocket::close);
    }

    private InetSocketAddress open() throws IOException {
        DatagramSocket socket = new DatagramSocket(0, TestServers.loopback());
        sockets.add(socket);
        InetSocketAddress address = (InetSocketAddress) socket.getLocalSocketAddress();
        ports.open(socket, address);
        return address;
    }

    private long openSockets() {
        return sockets.stream().filter(socket -> !socket.isClosed()).count();
    }

    @Test
    void takesThePassWithTheSocketThatIsDone() throws IOException {
        InetSocketAddress late = open();
        InetSocketAddress done = open();
        ports.closeLast();
        assertThat(pass.admits(late)).isTrue();
        assertThat(pass.admits(done)).isFalse();
        assertThat(openSockets()).isEqualTo(1);
    }

    @Test
    void letsGoOfTheOldestBeyondTheMost() throws IOException {
        List<InetSocketAddress> opened = new ArrayList<>();
        for (int i = 0; i < ProbePorts.LATE + 3; i++) {
            opened.add(open());
        }
        assertThat(openSockets()).isEqualTo(ProbePorts.LATE + 1);
        assertThat(opened.subList(0, 2)).noneMatch(pass::admits);
        assertThat(opened.subList(2, opened.size())).allMatch(pass::admits);
    }

    @Test
    void leavesNothingOpenAtTheEndAndOpensNothingMore() throws IOException {
        InetSocketAddress first = open();
        open();
        ports.close();
        assertThatThrownBy(this::open).isInstanceOf(IOException.class);
        ports.closeLast();
        assertThat(openSockets()).isZero();
        assertThat(pass.admits(first)).isFalse();
    }
}
