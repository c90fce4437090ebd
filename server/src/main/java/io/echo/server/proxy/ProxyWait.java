package io.echo.server.proxy;

import io.echo.net.workarounds.IoUringResets;
import io.echo.server.config.Cidr;
import io.echo.server.loop.Loop;
import io.echo.server.loop.Reset;
import io.echo.server.loop.Shortage;
import io.echo.server.metrics.Counter;
import io.echo.server.tcp.ConnectionPipeline;
import io.echo.server.tcp.TcpAdmission;
import io.echo.server.tcp.Waiting;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.haproxy.HAProxyCommand;
import io.netty.handler.codec.haproxy.HAProxyMessage;
import io.netty.handler.codec.haproxy.HAProxyMessageDecoder;
import io.netty.handler.codec.haproxy.HAProxyProxiedProtocol.AddressFamily;
import io.netty.util.NetUtil;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Waits for the PROXY header of a balancer's connection, and has its client admitted.
 *
 * <pre>
 *   bytes --> HeaderBytes -- whole --> Netty's decoder --> TcpAdmission.admitClient
 *                 |                          |                     |           |
 *               wrong, too long, late,   malformed              refused     admitted
 *               or the peer's end            |                     |           |
 *                 v                          v                     v           v
 *               reset, counted as "proxy" <--+          reset, its own    the pipeline that
 *                                                       reason            others begin with
 * </pre>
 *
 * <p>Until then the connection counts under {@code --max-connections} alone, and neither as
 * accepted nor as open; no byte of the header is counted or echoed. Where the header names no
 * client (LOCAL, UNKNOWN, an unspecified family, a path of the balancer's machine), the balancer is
 * judged as any peer.
 *
 * <p>One instance per connection, first in its pipeline until it is admitted. On its loop.
 */
final class ProxyWait extends ChannelDuplexHandler implements Waiting {
    /** Longest time for the header. The specification asks for 3, for a retransmission. */
    static final int TIMEOUT_SECONDS = 5;

    private final ConnectionPipeline inner;
    private final TcpAdmission admission;
    private final Loop loop;
    private final HeaderBytes header = new HeaderBytes();

    /** The time of the last byte, or of the start. */
    private long heardNs = System.nanoTime();

    private Future<?> timeout;

    /** Set by Netty's decoder, if the header is right. */
    private Optional<HAProxyMessage> decoded = Optional.empty();

    /** The reason under which it is counted if it ends here. */
    private Counter why = Counter.TCP_REJECTED_PROXY;

    /** Set when it has been counted, or admitted. */
    private boolean done;

    /**
     * Makes the handler of one connection.
     *
     * @param inner builds the pipeline that follows
     */
    ProxyWait(ConnectionPipeline inner, TcpAdmission admission, Loop loop) {
        this.inner = inner;
        this.admission = admission;
        this.loop = loop;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        timeout =
                ctx.executor()
                        .schedule(() -> end(ctx.channel()), TIMEOUT_SECONDS, TimeUnit.SECONDS);
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        timeout.cancel(false);
    }

    /** Keeps it from being counted as accepted: it is when its client is. */
    @Override
    public void channelActive(ChannelHandlerContext ctx) {}

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        ByteBuf read = (ByteBuf) msg;
        heardNs = System.nanoTime();
        boolean admitted = false;
        try {
            HeaderBytes.State state = done ? HeaderBytes.State.INCOMPLETE : header.take(read);
            if (state == HeaderBytes.State.WHOLE && decode(ctx)) {
                admitted = admit(ctx);
            }
            if (!admitted && state != HeaderBytes.State.INCOMPLETE) {
                end(ctx.channel());
            }
        } finally {
            if (!admitted) {
                read.release();
            }
        }
        if (admitted) {
            begin(ctx, read);
        }
    }

    /** Decodes the header. The decoder closes the channel if it is malformed. */
    private boolean decode(ChannelHandlerContext ctx) {
        ChannelInboundHandlerAdapter end =
                new ChannelInboundHandlerAdapter() {
                    @Override
                    public void channelRead(ChannelHandlerContext ctx, Object msg) {
                        decoded = Optional.of((HAProxyMessage) msg);
                    }

                    @Override
                    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
                        Shortage.tellIfOfHeap(cause);
                    }
                };
        ctx.pipeline().addLast(new HAProxyMessageDecoder(), end);
        ctx.fireChannelRead(header.whole());
        ctx.pipeline().remove(end);
        return decoded.isPresent();
    }

    /** Asks for the client's admission, or for the balancer's where none is named. */
    private boolean admit(ChannelHandlerContext ctx) {
        Optional<byte[]> address = decoded.flatMap(ProxyWait::client);
        decoded.ifPresent(HAProxyMessage::release);
        if (address.isEmpty()
                && ctx.channel().remoteAddress() instanceof InetSocketAddress balancer) {
            address = Optional.of(balancer.getAddress().getAddress());
        }
        Optional<Counter> rejected =
                address.flatMap(
                        octets ->
                                admission.admitClient(
                                        ctx.channel(), Cidr.high(octets), Cidr.low(octets)));
        rejected.ifPresent(reason -> why = reason);
        return rejected.isEmpty();
    }

    private static Optional<byte[]> client(HAProxyMessage message) {
        AddressFamily family = message.proxiedProtocol().addressFamily();
        boolean named =
                message.command() == HAProxyCommand.PROXY
                        && (family == AddressFamily.AF_IPv4 || family == AddressFamily.AF_IPv6);
        return named
                ? Optional.of(NetUtil.createByteArrayFromIpAddressString(message.sourceAddress()))
                : Optional.empty();
    }

    /** Puts the pipeline of an admitted connection in place, with what came behind the header. */
    private void begin(ChannelHandlerContext ctx, ByteBuf rest) {
        done = true;
        inner.build((SocketChannel) ctx.channel(), loop);
        ctx.fireChannelActive();
        if (rest.isReadable()) {
            ctx.fireChannelRead(rest);
        } else {
            rest.release();
            IoUringResets.lookSoon(ctx.channel());
        }
        ctx.pipeline().remove(this);
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event == ChannelInputShutdownEvent.INSTANCE) {
            end(ctx.channel());
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        Shortage.tellIfOfHeap(cause);
        end(ctx.channel());
    }

    /** Counts and resets what is closed here, by whomever. */
    @Override
    public void close(ChannelHandlerContext ctx, ChannelPromise promise) {
        if (!done) {
            count();
            Reset.onClose(ctx.channel());
        }
        ctx.close(promise);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        count();
        timeout.cancel(false);
    }

    @Override
    public boolean isQuiet(long nowNs, long forNs) {
        return nowNs - heardNs >= forNs;
    }

    private void count() {
        if (!done) {
            done = true;
            loop.counters().add(why, 1);
        }
    }
}
