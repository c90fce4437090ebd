package io.echo.server;

import static io.netty.handler.codec.http.HttpResponseStatus.BAD_REQUEST;
import static io.netty.handler.codec.http.HttpResponseStatus.METHOD_NOT_ALLOWED;
import static io.netty.handler.codec.http.HttpResponseStatus.NOT_FOUND;
import static io.netty.handler.codec.http.HttpResponseStatus.OK;
import static io.netty.handler.codec.http.HttpResponseStatus.SERVICE_UNAVAILABLE;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.netty.handler.timeout.ReadTimeoutHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Answers whether the server lives and whether it is ready, over HTTP, on one small loop of its own
 * so that no load on the echo delays the answer.
 *
 * <p>{@code /livez} is 200 while the process can answer at all. {@code /readyz} is 200 while every
 * socket is bound and 503 before and after. GET and HEAD only.
 */
final class AdminServer implements AutoCloseable {
    /** A probe asks at least as often; what is silent for longer is gone. */
    private static final int SILENCE_SECONDS = 30;

    private final BooleanSupplier ready;
    private final MultiThreadIoEventLoopGroup loop;

    /** Set once by {@link #start}. */
    private Channel listener;

    private AdminServer(BooleanSupplier ready) {
        this.ready = ready;
        this.loop =
                new MultiThreadIoEventLoopGroup(
                        1, new DefaultThreadFactory("echo-admin", true), NioIoHandler.newFactory());
    }

    /**
     * Listens, or throws with everything released.
     *
     * @param ready asked on the admin loop, once for each request
     */
    static AdminServer start(ServerConfig.Admin config, BooleanSupplier ready) throws IOException {
        AdminServer admin = new AdminServer(ready);
        try {
            admin.listen(config);
            return admin;
        } catch (IOException | RuntimeException e) {
            admin.close();
            throw e;
        }
    }

    InetSocketAddress address() {
        return (InetSocketAddress) listener.localAddress();
    }

    @Override
    public void close() {
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }

    private void listen(ServerConfig.Admin config) throws IOException {
        InetSocketAddress address = new InetSocketAddress(resolve(config.host()), config.port());
        ChannelFuture bound =
                new ServerBootstrap()
                        .group(loop)
                        .channel(NioServerSocketChannel.class)
                        .handler(new AcceptRest())
                        .childHandler(
                                new ChannelInitializer<SocketChannel>() {
                                    @Override
                                    protected void initChannel(SocketChannel channel) {
                                        channel.pipeline()
                                                .addLast(
                                                        new ReadTimeoutHandler(SILENCE_SECONDS),
                                                        new HttpServerCodec(),
                                                        new Health());
                                    }
                                })
                        .bind(address)
                        .awaitUninterruptibly();
        if (!bound.isSuccess()) {
            throw BindFailure.of(bound.cause(), "admin", address, "admin-");
        }
        listener = bound.channel();
    }

    private static InetAddress resolve(String host) throws UnknownHostException {
        try {
            return InetAddress.getByName(host);
        } catch (UnknownHostException e) {
            throw new UnknownHostException(
                    "--admin-host must be an address or a name that resolves, got " + host);
        }
    }

    private final class Health extends SimpleChannelInboundHandler<HttpRequest> {
        @Override
        protected void channelRead0(ChannelHandlerContext ctx, HttpRequest request) {
            if (request.decoderResult().isFailure()) {
                answer(ctx, request, BAD_REQUEST, false);
            } else if (request.method() != HttpMethod.GET && request.method() != HttpMethod.HEAD) {
                answer(ctx, request, METHOD_NOT_ALLOWED, false);
            } else {
                boolean keepAlive = HttpUtil.isKeepAlive(request);
                switch (new QueryStringDecoder(request.uri()).path()) {
                    case "/livez" -> answer(ctx, request, OK, keepAlive);
                    case "/readyz" ->
                            answer(
                                    ctx,
                                    request,
                                    ready.getAsBoolean() ? OK : SERVICE_UNAVAILABLE,
                                    keepAlive);
                    default -> answer(ctx, request, NOT_FOUND, keepAlive);
                }
            }
        }

        private void answer(
                ChannelHandlerContext ctx,
                HttpRequest request,
                HttpResponseStatus status,
                boolean keepAlive) {
            String body = status == OK ? "ok\n" : status.reasonPhrase() + "\n";
            FullHttpResponse response =
                    new DefaultFullHttpResponse(
                            HttpVersion.HTTP_1_1,
                            status,
                            ByteBufUtil.writeAscii(
                                    ctx.alloc(), request.method() == HttpMethod.HEAD ? "" : body));
            response.headers()
                    .set(HttpHeaderNames.CONTENT_TYPE, "text/plain; charset=utf-8")
                    .setInt(HttpHeaderNames.CONTENT_LENGTH, body.length());
            if (status == METHOD_NOT_ALLOWED) {
                response.headers().set(HttpHeaderNames.ALLOW, "GET, HEAD");
            }
            HttpUtil.setKeepAlive(response, keepAlive);
            ChannelFuture written = ctx.writeAndFlush(response);
            if (!keepAlive) {
                written.addListener(ChannelFutureListener.CLOSE);
            }
        }

        /** A reset, or silence for too long: the peer's business. */
        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            ctx.close();
        }
    }
}
