package io.echo.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.BindException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/** A UDP client of {@code java.net}, which shares no code with the server. */
public final class UdpPeer implements AutoCloseable {
    /** Ports of services that need no privilege. */
    static final List<Integer> SERVICES = List.of(1_900, 2_049, 3_702, 5_353, 5_355, 11_211);

    private static final int TIMEOUT_MILLIS = 20_000;
    private static final int BUFFER_BYTES = 4 << 20;

    private final DatagramSocket socket;
    private final byte[] buffer = new byte[65_536];

    private UdpPeer(DatagramSocket socket) throws IOException {
        this.socket = socket;
        socket.setReceiveBufferSize(BUFFER_BYTES);
        socket.setSoTimeout(TIMEOUT_MILLIS);
    }

    /** On a port that the kernel gives to clients. */
    public static UdpPeer at(String address) throws IOException {
        return at(address, 0);
    }

    public static UdpPeer at(String address, int port) throws IOException {
        return new UdpPeer(new DatagramSocket(port, InetAddress.getByName(address)));
    }

    /** On 127.0.0.1 and a free port from 20000 up to this one. */
    public static UdpPeer below(int port) throws IOException {
        while (true) {
            try {
                return at("127.0.0.1", ThreadLocalRandom.current().nextInt(20_000, port));
            } catch (BindException e) {
                continue; // Taken; another one.
            }
        }
    }

    /** On 127.0.0.1 and a port of a service, which a server refuses. */
    static UdpPeer ofService() throws IOException {
        for (int port : SERVICES) {
            try {
                return at("127.0.0.1", port);
            } catch (BindException e) {
                continue; // Taken; another one.
            }
        }
        throw new BindException("every port of a service is taken");
    }

    public void send(byte[] datagram, InetSocketAddress to) throws IOException {
        socket.send(new DatagramPacket(datagram, datagram.length, to));
    }

    public byte[] receive() throws IOException {
        DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
        socket.receive(packet);
        return Arrays.copyOf(buffer, packet.getLength());
    }

    /** Sends back what has arrived, and what arrives within a millisecond of the last. */
    void sendBackAll(InetSocketAddress to) throws IOException {
        socket.setSoTimeout(1);
        try {
            while (true) {
                send(receive(), to);
            }
        } catch (SocketTimeoutException e) {
            socket.setSoTimeout(TIMEOUT_MILLIS);
        }
    }

    /** Sends, and asserts that the next datagram to come is the same. */
    public void exchange(byte[] datagram, InetSocketAddress with) throws IOException {
        send(datagram, with);
        assertThat(receive()).isEqualTo(datagram);
    }

    /** Takes what has arrived, and tells how many datagrams that was. */
    public long receiveAll() throws IOException {
        socket.setSoTimeout(1);
        try {
            for (long received = 0; ; received++) {
                try {
                    receive();
                } catch (SocketTimeoutException e) {
                    return received;
                }
            }
        } finally {
            socket.setSoTimeout(TIMEOUT_MILLIS);
        }
    }

    @Override
    public void close() {
        socket.close();
    }
}
