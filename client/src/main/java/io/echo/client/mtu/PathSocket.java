package io.echo.client.mtu;

import io.echo.client.socket.FailureReason;
import io.echo.client.socket.SocketOptions;
import io.echo.client.socket.SourcePorts;
import io.echo.net.Protocol;
import io.echo.net.Transport;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufHolder;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.unix.IntegerUnixChannelOption;
import io.netty.util.NetUtil;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;

/**
 * A connected UDP socket whose datagrams may not be fragmented, or may be on the way.
 *
 * <p>Fragments are forbidden by {@code IP_PMTUDISC_PROBE}, not {@code IP_PMTUDISC_DO}: with both
 * each packet carries DF, and with both the kernel refuses what is larger than the interface's MTU
 * and takes in what ICMP messages tell of the path. But with DO it also refuses what is larger than
 * the MTU of the path that it remembers, for ten minutes after one such message, whether that is
 * still true, was ever true, or concerns another router by now. PROBE sends, so what is measured is
 * the path, and what the kernel remembers ({@code IP_MTU}) is read and shown beside it. The JDK's
 * sockets (nio, from JDK 19 on) know only DO, and cannot read {@code IP_MTU}.
 *
 * <p>Used by one thread, which sends and waits; replies come in on the event loop, whose end closes
 * the socket.
 */
final class PathSocket {
    private static final int IPV4_HEADERS = 28;
    private static final int IPV6_HEADERS = 48;

    // linux/in.h and linux/in6.h.
    private static final int IPPROTO_IP = 0;
    private static final int IPPROTO_IPV6 = 41;
    private static final int IP_MTU_DISCOVER = 10;
    private static final int IPV6_MTU_DISCOVER = 23;
    private static final int IP_MTU = 14;
    private static final int IPV6_MTU = 24;
    private static final int PMTUDISC_DONT = 0;
    private static final int PMTUDISC_PROBE = 3;

    private static final int RECEIVE_BUFFER_BYTES = 65_535;
    private static final int SOCKET_BUFFER_BYTES = 1 << 20;

    /** An error that waits in the socket fails the next send, which is then made again. */
    private static final int SEND_ATTEMPTS = 5;

    private static final long LONGEST_SEND_MS = 1_000;

    /**
     * The option about fragments.
     *
     * @param forbid its value for DF in every packet
     * @param allow its value for fragments here and on the way
     */
    private record FragmentOption(ChannelOption<Object> option, Object forbid, Object allow) {
        @SuppressWarnings("unchecked") // Option and values are made together.
        static FragmentOption of(ChannelOption<?> option, Object forbid, Object allow) {
            return new FragmentOption((ChannelOption<Object>) option, forbid, allow);
        }
    }

    private final Channel channel;
    private final FragmentOption fragments;
    private final Receiver receiver;
    private final DatagramBook book = new DatagramBook();
    private final boolean ipv4;

    private PathSocket(Channel channel, FragmentOption fragments, Receiver receiver, boolean ipv4) {
        this.channel = channel;
        this.fragments = fragments;
        this.receiver = receiver;
        this.ipv4 = ipv4;
        receiver.add(book);
    }

    /**
     * Connects a socket that forbids fragments.
     *
     * @param port local one; 0 leaves the choice to the kernel
     * @throws IOException with a one-line message, also when this transport cannot forbid fragments
     */
    static PathSocket open(
            EventLoopGroup loop, Transport transport, InetSocketAddress remote, int port)
            throws IOException {
        FragmentOption fragments = fragments(transport, isIpv4(remote));
        Receiver receiver = new Receiver();
        Bootstrap bootstrap =
                new Bootstrap()
                        .group(loop)
                        .channelFactory(
                                transport.datagramChannels(Transport.family(remote.getAddress())))
                        .option(ChannelOption.SO_RCVBUF, SOCKET_BUFFER_BYTES)
                        .option(
                                ChannelOption.RECVBUF_ALLOCATOR,
                                new FixedRecvByteBufAllocator(RECEIVE_BUFFER_BYTES))
                        .option(fragments.option(), fragments.forbid())
                        .handler(receiver);
        Channel channel = connect(bootstrap, remote, port);
        return new PathSocket(channel, fragments, receiver, isIpv4(remote));
    }

    private static Channel connect(Bootstrap bootstrap, InetSocketAddress remote, int port)
            throws IOException {
        try {
            if (port == 0) {
                ChannelFuture connected = bootstrap.connect(remote).await();
                if (!connected.isSuccess()) {
                    throw failure(remote, connected.cause());
                }
                return connected.channel();
            }
            InetSocketAddress local = new SourcePorts(port, 1).local(0, List.of(), isIpv4(remote));
            ChannelFuture connected = bootstrap.connect(remote, local).await();
            if (!connected.isSuccess()) {
                Throwable cause = connected.cause();
                Optional<String> taken = FailureReason.ofLocalPort(local, cause);
                throw taken.isPresent()
                        ? new IOException(taken.get(), cause)
                        : failure(remote, cause);
            }
            return connected.channel();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while connecting", e);
        }
    }

    private static IOException failure(InetSocketAddress remote, Throwable cause) {
        return new IOException(
                "cannot connect to udp://"
                        + NetUtil.toSocketAddressString(remote)
                        + ": "
                        + FailureReason.ofConnecting(Protocol.UDP, remote, cause, Duration.ZERO),
                cause);
    }

    /**
     * Allows fragments from now on. Over the same socket: from another port datagrams may take
     * another way, which may be dead.
     *
     * @return the same socket with a book of its own
     */
    PathSocket allowFragments() {
        channel.config().setOption(fragments.option(), fragments.allow());
        return new PathSocket(channel, fragments, receiver, ipv4);
    }

    private static FragmentOption fragments(Transport transport, boolean ipv4) throws IOException {
        if (transport.isNative()) {
            return FragmentOption.of(
                    ipv4
                            ? new IntegerUnixChannelOption(
                                    "IP_MTU_DISCOVER", IPPROTO_IP, IP_MTU_DISCOVER)
                            : new IntegerUnixChannelOption(
                                    "IPV6_MTU_DISCOVER", IPPROTO_IPV6, IPV6_MTU_DISCOVER),
                    PMTUDISC_PROBE,
                    PMTUDISC_DONT);
        }
        SocketOptions forbidden =
                new SocketOptions(OptionalInt.empty(), OptionalInt.empty(), true, false);
        try {
            ChannelOption<?> option =
                    forbidden.on(transport, Protocol.UDP, ipv4).keySet().iterator().next();
            return FragmentOption.of(option, true, false);
        } catch (IOException e) {
            throw new IOException(
                    "mtu must forbid fragments, which "
                            + transport
                            + " on JDK "
                            + Runtime.version().feature()
                            + " cannot; use --transport epoll, or JDK 19 or newer",
                    e);
        }
    }

    static boolean isIpv4(InetSocketAddress address) {
        return address.getAddress() instanceof Inet4Address;
    }

    /** Bytes that IP and UDP put in front of a payload. */
    static int headerBytes(boolean ipv4) {
        return ipv4 ? IPV4_HEADERS : IPV6_HEADERS;
    }

    DatagramBook book() {
        return book;
    }

    /** Ends the wait in progress for what was sent over this socket, and every later one. */
    void stop() {
        receiver.stop();
    }

    /** Returns the local address and port. */
    InetSocketAddress local() {
        return (InetSocketAddress) channel.localAddress();
    }

    /** Returns the MTU of the path as the kernel knows it now; empty where it cannot be read. */
    OptionalInt pathMtu() {
        Integer mtu =
                channel.config()
                        .getOption(
                                ipv4
                                        ? new IntegerUnixChannelOption("IP_MTU", IPPROTO_IP, IP_MTU)
                                        : new IntegerUnixChannelOption(
                                                "IPV6_MTU", IPPROTO_IPV6, IPV6_MTU));
        return mtu == null ? OptionalInt.empty() : OptionalInt.of(mtu);
    }

    /** Returns the MTU of the interface that has this socket's address; empty if none has. */
    OptionalInt addressMtu() throws IOException {
        NetworkInterface device = NetworkInterface.getByInetAddress(local().getAddress());
        return device == null ? OptionalInt.empty() : OptionalInt.of(device.getMTU());
    }

    /**
     * Sends one datagram.
     *
     * @return its number in the book; empty when this host refused its size
     */
    OptionalInt send(int bytes) throws StoppedException {
        Throwable refused = null;
        for (int attempt = 0; attempt < SEND_ATTEMPTS; attempt++) {
            int number = book.add(bytes);
            ByteBuf datagram = channel.alloc().buffer(bytes, bytes);
            book.write(number, bytes, datagram);
            Throwable failure = write(datagram);
            if (failure == null) {
                if (refused != null) {
                    book.failed(refused, true); // that was an ICMP message about an earlier one
                }
                return OptionalInt.of(number);
            }
            book.remove(number);
            if (isTooLarge(failure)) {
                refused = failure;
            } else {
                book.failed(failure, false);
            }
        }
        // A datagram that did not leave for another reason is as good as lost.
        return refused == null ? OptionalInt.of(book.add(bytes)) : OptionalInt.empty();
    }

    /** Writes and returns why that failed; null if it did not, or not in time. */
    private Throwable write(ByteBuf datagram) throws StoppedException {
        try {
            ChannelFuture written = channel.writeAndFlush(datagram);
            written.await(LONGEST_SEND_MS, TimeUnit.MILLISECONDS);
            return written.cause();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StoppedException();
        }
    }

    private static boolean isTooLarge(Throwable cause) {
        return String.valueOf(cause.getMessage())
                .toLowerCase(Locale.ROOT)
                .contains("message too long");
    }

    /** Enters what comes in: replies into all books, which know their own, errors into the last. */
    private static final class Receiver extends ChannelInboundHandlerAdapter {
        private final List<DatagramBook> books = new ArrayList<>();
        private boolean stopped;

        synchronized void add(DatagramBook book) {
            books.add(book);
            if (stopped) {
                book.stop();
            }
        }

        synchronized void stop() {
            stopped = true;
            books.forEach(DatagramBook::stop);
        }

        private synchronized void received(ByteBuf reply) {
            books.forEach(book -> book.received(reply.duplicate()));
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object msg) {
            // NIO delivers packets here, the native transports plain buffers.
            ByteBuf content =
                    msg instanceof ByteBufHolder holder ? holder.content() : (ByteBuf) msg;
            try {
                received(content);
            } finally {
                content.release();
            }
        }

        @Override
        public synchronized void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            if (!books.isEmpty()) {
                books.get(books.size() - 1).failed(cause, isTooLarge(cause));
            }
        }
    }
}
