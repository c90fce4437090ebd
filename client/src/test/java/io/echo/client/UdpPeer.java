package io.echo.client;

import io.echo.net.Protocol;
import io.echo.net.Target;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.Set;

/** A UDP server of known behaviour, on a free port of the loopback address. */
public final class UdpPeer implements AutoCloseable {
    /** Action on each datagram, on the one thread of the peer. */
    public interface Behaviour {
        void received(byte[] datagram, Sender sender) throws IOException;
    }

    /** Sends to whoever sent the datagram. */
    public interface Sender {
        void send(byte[] datagram) throws IOException;

        /** Returns the port that the datagram came from. */
        int port();
    }

    private record Reply(DatagramSocket socket, InetSocketAddress to) implements Sender {
        @Override
        public void send(byte[] datagram) throws IOException {
            socket.send(new DatagramPacket(datagram, datagram.length, to));
        }

        @Override
        public int port() {
            return to.getPort();
        }
    }

    /** Not connected: the JDK sends no empty datagram from a connected socket. */
    private final DatagramSocket socket;

    private UdpPeer(DatagramSocket socket) {
        this.socket = socket;
    }

    public static UdpPeer start(Behaviour behaviour) throws IOException {
        return start(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), behaviour);
    }

    public static UdpPeer start(InetSocketAddress address, Behaviour behaviour) throws IOException {
        UdpPeer peer = new UdpPeer(new DatagramSocket(address));
        Thread thread = new Thread(() -> peer.serve(behaviour), "udp-peer");
        thread.setDaemon(true);
        thread.start();
        return peer;
    }

    public static UdpPeer echo() throws IOException {
        return start((datagram, sender) -> sender.send(datagram));
    }

    /** Echoes, but for the first ports that it hears from: it never answers them, as dead flows. */
    public static UdpPeer deafTo(Set<Integer> dead, int count) throws IOException {
        return start(
                (datagram, sender) -> {
                    if (dead.size() < count) {
                        dead.add(sender.port());
                    }
                    if (!dead.contains(sender.port())) {
                        sender.send(datagram);
                    }
                });
    }

    public Target target() {
        return new Target(Protocol.UDP, "127.0.0.1", socket.getLocalPort());
    }

    private void serve(Behaviour behaviour) {
        DatagramPacket packet = new DatagramPacket(new byte[65_535], 65_535);
        try {
            while (true) {
                packet.setLength(65_535);
                socket.receive(packet);
                behaviour.received(
                        Arrays.copyOf(packet.getData(), packet.getLength()),
                        new Reply(socket, (InetSocketAddress) packet.getSocketAddress()));
            }
        } catch (IOException e) {
            socket.close(); // closed by the test, or of no use to it any more
        }
    }

    @Override
    public void close() {
        socket.close();
    }
}
