package io.echo.net.workarounds;

import io.echo.net.Transport;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.DatagramPacket;
import io.netty.channel.socket.SocketProtocolFamily;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.channel.unix.IntegerUnixChannelOption;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.io.Serial;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;

/**
 * Sends datagrams of 0 bytes (legal by RFC 768) past Netty, which loses them up to 4.2.19, and sees
 * that connected channels read them.
 *
 * <p>On NIO an empty datagram is never sent. On epoll it is not sent either, and another datagram
 * of the same write batch is sent twice: an amplifier aimed at a stranger. So none may reach the
 * outbound buffer. What was written before it is flushed first, which keeps the order; then it
 * leaves by a system call of its own, or fails when the send buffer is full. (If only the empty one
 * finds it full, the two calls do not say so, and it is lost as any datagram may be.) One instance
 * per channel, used on its event loop alone.
 *
 * <p>A connected channel on NIO fails it, with a reason: the JDK calls nothing for an empty buffer
 * there. To disconnect for the call would lose replies, since the JDK empties the receive queue
 * when it connects again; another socket would have another port; and a channel that never connects
 * is not told that nobody listens.
 *
 * <p>Installed by {@link Transport} in every channel that needs it; {@code NettyWorkaroundsTest}
 * tells when none does any more.
 */
public final class EmptyDatagrams extends ChannelOutboundHandlerAdapter {
    private static final ByteBuffer NOTHING = ByteBuffer.allocateDirect(0);

    /** The kernel's UDP_GRO (udp(7)), past Netty. */
    private static final IntegerUnixChannelOption JOINED =
            new IntegerUnixChannelOption("UDP_GRO", 17, 104);

    /** Sends nothing to an address from this channel's socket. */
    public interface Sender {
        void send(InetSocketAddress recipient) throws IOException;
    }

    /**
     * Failure of an empty datagram that was written with a void promise. Such a promise does not
     * say which message failed, and this one never stood in the outbound buffer.
     */
    public static final class Unsent extends IOException {
        @Serial private static final long serialVersionUID = 1L;

        private Unsent(IOException cause) {
            super(cause.getMessage(), cause);
        }
    }

    private final Sender sender;

    public EmptyDatagrams(Sender sender) {
        this.sender = sender;
    }

    /** Makes an NIO channel whose JDK channel stays in reach for empty datagrams. */
    public static DatagramChannel newNioChannel(SocketProtocolFamily family) {
        try {
            java.nio.channels.DatagramChannel jdk =
                    java.nio.channels.DatagramChannel.open(family.toJdkFamily());
            NioDatagramChannel channel = new NioDatagramChannel(jdk);
            Sender sender =
                    to -> {
                        if (jdk.isConnected()) {
                            throw new IOException("nio sends no empty datagram, epoll does");
                        }
                        jdk.send(NOTHING.duplicate(), to);
                    };
            channel.pipeline().addLast(new EmptyDatagrams(sender));
            return channel;
        } catch (IOException e) {
            throw new ChannelException("no datagram socket: " + e.getMessage(), e);
        }
    }

    /** Adds this handler to an epoll channel, and returns the channel. */
    public static DatagramChannel mend(EpollDatagramChannel channel) {
        Socket socket = (Socket) channel.fd();
        Sender sender = to -> socket.sendTo(NOTHING, 0, 0, to.getAddress(), to.getPort());
        channel.pipeline().addLast(new EmptyDatagrams(sender));
        return channel;
    }

    /**
     * Makes a channel that is to be connected read with recvmsg(2), which tells an empty datagram
     * from none; recv(2), which Netty would use, does not. Netty takes recvmsg where datagrams may
     * come joined, so it is told that they may, and the kernel that they may not: they would not
     * fit into a buffer for one. {@link EpollChannelOption#UDP_GRO} allows both once connected.
     */
    private static void readEmptyOnes(EpollDatagramChannel channel) {
        channel.config().setOption(EpollChannelOption.UDP_GRO, true);
        channel.config().setOption(JOINED, 0);
    }

    @Override
    public void connect(
            ChannelHandlerContext ctx,
            SocketAddress remoteAddress,
            SocketAddress localAddress,
            ChannelPromise promise) {
        if (ctx.channel() instanceof EpollDatagramChannel channel) {
            readEmptyOnes(channel);
        }
        ctx.connect(remoteAddress, localAddress, promise);
    }

    @Override
    public void write(ChannelHandlerContext ctx, Object msg, ChannelPromise promise) {
        ByteBuf content = msg instanceof DatagramPacket packet ? packet.content() : (ByteBuf) msg;
        if (content.isReadable()) {
            ctx.write(msg, promise);
            return;
        }
        Channel channel = ctx.channel();
        InetSocketAddress recipient =
                msg instanceof DatagramPacket packet
                        ? packet.recipient()
                        : (InetSocketAddress) channel.remoteAddress();
        content.release();
        try {
            ctx.flush();
            ChannelOutboundBuffer out = channel.unsafe().outboundBuffer();
            if (out == null || out.size() > 0) {
                throw new IOException("the send buffer is full");
            }
            sender.send(recipient);
            promise.trySuccess();
        } catch (IOException e) {
            promise.tryFailure(promise.isVoid() ? new Unsent(e) : e);
        }
    }
}
