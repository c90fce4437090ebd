package io.echo.net;

import io.echo.net.workarounds.EmptyDatagrams;
import io.echo.net.workarounds.LastingEpoll;
import io.netty.channel.ChannelFactory;
import io.netty.channel.ChannelOption;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.SocketProtocolFamily;
import io.netty.channel.socket.nio.NioChannelOption;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.channel.unix.UnixChannelOption;
import io.netty.channel.uring.IoUring;
import io.netty.channel.uring.IoUringDatagramChannel;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringIoHandlerConfig;
import io.netty.channel.uring.IoUringServerSocketChannel;
import io.netty.channel.uring.IoUringSocketChannel;
import io.netty.util.internal.PlatformDependent;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.spi.SelectorProvider;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Ways to reach the kernel, each with its event loop and its channels.
 *
 * <p>NIO works everywhere and is the default. The two native ones need Linux and their native
 * library; one that is asked for by name and cannot be used is an error, never replaced silently.
 * {@link EmptyDatagrams} stands in the pipelines of datagram channels where Netty would lose a
 * datagram of 0 bytes.
 */
public enum Transport {
    /** The JDK's selector. */
    NIO(
            () -> null,
            NioIoHandler::newFactory,
            EmptyDatagrams::newNioChannel,
            family -> new NioServerSocketChannel(SelectorProvider.provider(), family),
            family -> new NioSocketChannel(SelectorProvider.provider(), family),
            NioChannelOption.of(StandardSocketOptions.SO_REUSEPORT)),

    /** Linux epoll, level-triggered, through JNI. */
    EPOLL(
            () -> Epoll.unavailabilityCause(),
            () -> EpollIoHandler.newFactory(),
            family -> EmptyDatagrams.mend(new EpollDatagramChannel(family)),
            family -> new EpollServerSocketChannel(family),
            family -> new EpollSocketChannel(family),
            UnixChannelOption.SO_REUSEPORT),

    /** Linux io_uring (kernel 5.9 and newer), through JNI; many containers forbid it. */
    IO_URING(
            Transport::ioUringUnavailabilityCause,
            Transport::newRings,
            family -> new IoUringDatagramChannel(family),
            family -> new IoUringServerSocketChannel(),
            family -> new IoUringSocketChannel(),
            UnixChannelOption.SO_REUSEPORT);

    private static final String AUTO = "auto";

    private final Supplier<Throwable> unavailable;
    private final Supplier<IoHandlerFactory> ioHandler;
    private final Function<SocketProtocolFamily, DatagramChannel> datagram;
    private final Function<SocketProtocolFamily, ServerSocketChannel> listener;
    private final Function<SocketProtocolFamily, SocketChannel> stream;
    private final ChannelOption<Boolean> reusePort;

    Transport(
            Supplier<Throwable> unavailable,
            Supplier<IoHandlerFactory> ioHandler,
            Function<SocketProtocolFamily, DatagramChannel> datagram,
            Function<SocketProtocolFamily, ServerSocketChannel> listener,
            Function<SocketProtocolFamily, SocketChannel> stream,
            ChannelOption<Boolean> reusePort) {
        this.unavailable = unavailable;
        this.ioHandler = ioHandler;
        this.datagram = datagram;
        this.listener = listener;
        this.stream = stream;
        this.reusePort = reusePort;
    }

    /** Every value of a {@code --transport} flag. */
    public static List<String> names() {
        List<String> names = new ArrayList<>();
        for (Transport transport : values()) {
            names.add(transport.toString());
        }
        names.add(AUTO);
        return names;
    }

    /**
     * Reads the value of a {@code --transport} flag; {@code auto} is {@link #best}.
     *
     * @throws IllegalArgumentException for any other text, with the names in its message
     */
    public static Transport parse(String text) {
        String name = text.strip();
        if (name.equals(AUTO)) {
            return best();
        }
        for (Transport transport : values()) {
            if (transport.toString().equals(name)) {
                return transport;
            }
        }
        throw new IllegalArgumentException(
                "--transport must be nio, epoll, io_uring or auto, got " + text);
    }

    /** The fastest transport that is known to be safe here: epoll where it works, else NIO. */
    public static Transport best() {
        return EPOLL.unavailabilityCause().isEmpty() ? EPOLL : NIO;
    }

    /** Returns why this transport cannot be used on this machine; empty if it can. */
    public Optional<Throwable> unavailabilityCause() {
        try {
            return Optional.ofNullable(unavailable.get());
        } catch (LinkageError e) {
            return Optional.of(e);
        }
    }

    /**
     * Throws unless this transport can be used.
     *
     * @throws IOException with the root cause in its one-line message
     */
    public void requireAvailable() throws IOException {
        Optional<Throwable> cause = unavailabilityCause();
        if (cause.isPresent()) {
            Throwable root = cause.get();
            while (root.getCause() != null) {
                root = root.getCause();
            }
            String why = String.valueOf(root.getMessage()).lines().findFirst().orElse("no reason");
            throw new IOException(
                    "--transport must be available on this machine, got " + this + ": " + why,
                    cause.get());
        }
    }

    /** The family of the sockets that reach an address, or are bound to it. */
    public static SocketProtocolFamily family(InetAddress address) {
        return address instanceof Inet6Address
                ? SocketProtocolFamily.INET6
                : SocketProtocolFamily.INET;
    }

    /** Makes the I/O side of event loops of this transport. */
    public IoHandlerFactory newIoHandlerFactory() {
        return ioHandler.get();
    }

    /**
     * Makes the I/O side of event loops whose connections may be written to long after their peers
     * have finished.
     */
    public IoHandlerFactory newLastingIoHandlerFactory() {
        return this == EPOLL ? LastingEpoll.of(ioHandler.get()) : ioHandler.get();
    }

    /** Makes unbound datagram channels of one address family. */
    public ChannelFactory<DatagramChannel> datagramChannels(SocketProtocolFamily family) {
        return () -> datagram.apply(family);
    }

    /** Makes unbound listening channels; {@code INET} listens on IPv4 alone where it can. */
    public ChannelFactory<ServerSocketChannel> listeners(SocketProtocolFamily family) {
        return () -> listener.apply(family);
    }

    /**
     * Makes unconnected stream channels for addresses of one family: NIO's for both would take
     * IP_TOS for IPv6 packets alone.
     */
    public ChannelFactory<SocketChannel> streamChannels(SocketProtocolFamily family) {
        return () -> stream.apply(family);
    }

    /**
     * The option by which several sockets share one UDP port, each served by a loop of its own;
     * empty where the platform does not spread datagrams over them (all but Linux).
     */
    public Optional<ChannelOption<Boolean>> reusePort() {
        return PlatformDependent.normalizedOs().equals("linux")
                ? Optional.of(reusePort)
                : Optional.empty();
    }

    /**
     * The option by which the kernel hands over a train of datagrams in one call (UDP_GRO); empty
     * where a channel cannot take one in and send one. The server checks whether it works.
     */
    public Optional<ChannelOption<Boolean>> trains() {
        return this == EPOLL && EpollDatagramChannel.isSegmentedDatagramPacketSupported()
                ? Optional.of(EpollChannelOption.UDP_GRO)
                : Optional.empty();
    }

    /** Tells if channels hand memory addresses to the kernel themselves. */
    public boolean isNative() {
        return this != NIO;
    }

    /**
     * Makes room in each ring for the completions of 5,000 connections that end at once, in 256
     * KiB. With more the kernel keeps the rest, and Netty, which makes room for 4,096 completions,
     * warns.
     */
    private static IoHandlerFactory newRings() {
        return IoUringIoHandler.newFactory(new IoUringIoHandlerConfig().setCqSize(1 << 14));
    }

    /**
     * A multishot accept goes on while its channel does not want to read: out of descriptors it
     * fails a million times a second. So it is turned off before Netty's class reads the property.
     */
    private static Throwable ioUringUnavailabilityCause() {
        String multishot = "io.netty.iouring.acceptMultiShotEnabled";
        System.setProperty(multishot, System.getProperty(multishot, "false"));
        return IoUring.unavailabilityCause();
    }

    /** The name in flags, logs and results: {@code nio}, {@code epoll}, {@code io_uring}. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
