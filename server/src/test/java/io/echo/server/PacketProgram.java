package io.echo.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Random bursts of random datagrams from many sockets at one server, and what each got back.
 *
 * <p>Where there is room, a datagram names its sender and its number, so that every reply is known
 * to answer this sender, once, with as many bytes. The same seed sends the same; what is lost on
 * the way hangs on the machine, and takes nothing from the law that out never exceeds in.
 */
final class PacketProgram implements AutoCloseable {
    private static final int HEADER = 12;
    private static final int BUFFER_BYTES = 2 << 20;

    private final SplittableRandom random;
    private final InetSocketAddress server;
    private final List<Source> sources = new ArrayList<>();
    private final ByteBuffer datagram = ByteBuffer.allocateDirect(65_536);

    PacketProgram(long seed, InetSocketAddress server) {
        this.random = new SplittableRandom(seed);
        this.server = server;
    }

    /** Adds a sender; port 0 for one of the kernel's choice. */
    Source add(String address, int port) throws IOException {
        DatagramChannel channel = DatagramChannel.open();
        channel.setOption(StandardSocketOptions.SO_RCVBUF, BUFFER_BYTES);
        try {
            channel.bind(new InetSocketAddress(InetAddress.getByName(address), port));
        } catch (IOException e) {
            channel.close();
            throw e;
        }
        channel.configureBlocking(false);
        Source source = new Source(sources.size(), channel);
        sources.add(source);
        return source;
    }

    /** Adds a sender with a port of a service. */
    Source addService() throws IOException {
        for (int port : UdpPeer.SERVICES) {
            try {
                return add("127.0.0.1", port);
            } catch (BindException e) {
                continue; // Taken; another one.
            }
        }
        throw new BindException("every port of a service is taken");
    }

    List<Source> sources() {
        return sources;
    }

    /** Sends so many datagrams, taking replies in between. */
    void run(long datagrams) throws IOException {
        for (long sent = 0; sent < datagrams; ) {
            Source source = sources.get(random.nextInt(sources.size()));
            int burst = (int) Math.min(datagrams - sent, 1 + random.nextInt(40));
            boolean alike = random.nextInt(4) == 0; // As trains are.
            int size = size();
            for (int i = 0; i < burst; i++) {
                source.send(size);
                size = alike ? size : size();
            }
            sent += burst;
            source.receiveAll();
        }
    }

    /** Takes the replies that have arrived by now, and asserts the law for each source. */
    void finish() throws IOException {
        for (Source source : sources) {
            source.receiveAll();
            assertThat(source.out).as("datagrams to %d", source.id).isLessThanOrEqualTo(source.in);
            assertThat(source.outBytes)
                    .as("bytes to %d", source.id)
                    .isLessThanOrEqualTo(source.inBytes);
        }
    }

    /** Mostly small, many empty, some of every size, some of the largest. */
    private int size() {
        return switch (random.nextInt(32)) {
            case 0, 1, 2 -> 0;
            case 3, 4, 5, 6 -> random.nextInt(1_473);
            case 7 -> random.nextInt(8) == 0 ? random.nextInt(65_508) : 1_472;
            case 8 -> random.nextInt(16) == 0 ? 65_507 : random.nextInt(HEADER);
            default -> random.nextInt(HEADER, 129);
        };
    }

    @Override
    public void close() throws IOException {
        for (Source source : sources) {
            source.channel.close();
        }
    }

    /** One socket, what it sent and what came back. */
    final class Source {
        private final int id;
        private final DatagramChannel channel;

        /** Numbers whose reply has come. */
        private final BitSet answered = new BitSet();

        /** The sizes of numbered datagrams, by number. */
        private char[] sizes = new char[1 << 10];

        private int numbered;
        private long in;
        private long inBytes;
        private long out;
        private long outBytes;

        private Source(int id, DatagramChannel channel) {
            this.id = id;
            this.channel = channel;
        }

        long in() {
            return in;
        }

        long inBytes() {
            return inBytes;
        }

        long out() {
            return out;
        }

        long outBytes() {
            return outBytes;
        }

        private void send(int size) throws IOException {
            datagram.clear().limit(size);
            if (size >= HEADER) {
                if (numbered == sizes.length) {
                    sizes = Arrays.copyOf(sizes, 2 * numbered);
                }
                sizes[numbered] = (char) size;
                datagram.putInt(0, id).putInt(4, numbered).putInt(8, ~numbered);
            }
            if (channel.send(datagram, server) == size) {
                in++;
                inBytes += size;
                numbered += size >= HEADER ? 1 : 0;
            }
        }

        private void receiveAll() throws IOException {
            while (channel.receive(datagram.clear()) != null) {
                datagram.flip();
                int size = datagram.remaining();
                out++;
                outBytes += size;
                if (size >= HEADER) {
                    int number = datagram.getInt(4);
                    boolean ours =
                            datagram.getInt(0) == id
                                    && datagram.getInt(8) == ~number
                                    && number >= 0
                                    && number < numbered
                                    && sizes[number] == size;
                    if (!ours || answered.get(number)) {
                        throw new AssertionError(
                                "to "
                                        + id
                                        + ": not ours, or a second time: "
                                        + number
                                        + " with "
                                        + size
                                        + " bytes");
                    }
                    answered.set(number);
                }
            }
        }
    }
}
