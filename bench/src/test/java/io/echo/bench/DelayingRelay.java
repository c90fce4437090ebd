package io.echo.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;

/**
 * A UDP relay that delays the replies of some flows, for kernels without {@code netem}. One thread,
 * plain {@code java.nio}; ends with its network.
 *
 * <p>Arguments: the address to listen at and its port, the server's address and port, milliseconds,
 * and which source ports wait: those for which {@code port & MASK} is VALUE.
 */
public final class DelayingRelay {
    private record Held(long atNs, ByteBuffer bytes, SocketAddress client) {}

    private final DatagramChannel front = DatagramChannel.open();
    private final Selector selector = Selector.open();
    private final Map<SocketAddress, DatagramChannel> backs = new HashMap<>();
    private final Queue<Held> held = new ArrayDeque<>();
    private final ByteBuffer buffer = ByteBuffer.allocate(65_535);
    private final InetSocketAddress server;
    private final long delayNs;
    private final int mask;
    private final int value;

    private DelayingRelay(String[] arguments) throws IOException {
        server = at(arguments[2], arguments[3]);
        delayNs = Long.parseLong(arguments[4]) * 1_000_000;
        mask = Integer.parseInt(arguments[5]);
        value = Integer.parseInt(arguments[6]);
        front.bind(at(arguments[0], arguments[1])).configureBlocking(false);
        front.register(selector, SelectionKey.OP_READ);
    }

    private static InetSocketAddress at(String address, String port) throws IOException {
        return new InetSocketAddress(InetAddress.getByName(address), Integer.parseInt(port));
    }

    public static void main(String[] arguments) throws IOException {
        DelayingRelay relay = new DelayingRelay(arguments);
        System.out.println("ready");
        while (true) {
            relay.turn();
        }
    }

    private void turn() throws IOException {
        long waitNs = held.isEmpty() ? 1_000_000_000 : held.peek().atNs() - System.nanoTime();
        if (waitNs > 0) {
            selector.select(Math.max(1, waitNs / 1_000_000));
        } else {
            selector.selectNow();
        }
        for (SelectionKey key : selector.selectedKeys()) {
            if (key.channel() == front) {
                forward();
            } else {
                back((DatagramChannel) key.channel(), (SocketAddress) key.attachment());
            }
        }
        selector.selectedKeys().clear();
        while (!held.isEmpty() && held.peek().atNs() <= System.nanoTime()) {
            front.send(held.peek().bytes(), held.remove().client());
        }
    }

    private void forward() throws IOException {
        for (SocketAddress client; (client = front.receive(buffer.clear())) != null; ) {
            DatagramChannel back = backs.get(client);
            if (back == null) {
                back = DatagramChannel.open().connect(server);
                back.configureBlocking(false);
                back.register(selector, SelectionKey.OP_READ, client);
                backs.put(client, back);
            }
            back.write(buffer.flip());
        }
    }

    private void back(DatagramChannel from, SocketAddress client) throws IOException {
        boolean waits = (((InetSocketAddress) client).getPort() & mask) == value;
        while (from.read(buffer.clear()) > 0) {
            buffer.flip();
            if (waits) {
                ByteBuffer copy = ByteBuffer.allocate(buffer.limit()).put(buffer).flip();
                held.add(new Held(System.nanoTime() + delayNs, copy, client));
            } else {
                front.send(buffer, client);
            }
        }
    }
}
