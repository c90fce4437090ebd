package io.echo.server;

import io.echo.server.AdminServer.Page;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * One connection to the admin port: takes a request only when the answer to the one before has
 * left, so that a peer that asks and does not read costs one answer; ends where another request
 * could not be told apart.
 *
 * <p>An end is said first and then waited for: closing over bytes that were not read would reset
 * the connection, and the peer could lose the answer. On the admin loop.
 */
final class AdminConnection extends SimpleChannelInboundHandler<HttpObject> {
    /**
     * From one request to the next, which must be whole by then, however its bytes drip in; more
     * than the minute after which Prometheus asks again.
     */
    static final int REQUEST_SECONDS = 75;

    /** For the peer to see the end. */
    static final int END_MILLIS = 1_000;

    private final Function<HttpRequest, Page> pages;

    /** Closes a connection that has not asked in time. */
    private Future<?> deadline;

    /** The answer under way. */
    private ChannelFuture written;

    private boolean ending;

    /** Whether a part of a request has been asked for and not come. */
    private boolean wanting;

    AdminConnection(Function<HttpRequest, Page> pages) {
        this.pages = pages;
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        closeIn(ctx, REQUEST_SECONDS, TimeUnit.SECONDS);
        want(ctx);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        deadline.cancel(false);
    }

    /** The handler in front forgets what it was asked for when the socket has no more. */
    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        if (wanting) {
            ctx.read();
        }
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, HttpObject part) {
        if (ending) {
            return;
        }
        wanting = false;
        if (part instanceof HttpRequest request) {
            deadline.cancel(false);
            closeIn(ctx, REQUEST_SECONDS, TimeUnit.SECONDS);
            answer(ctx, request);
            if (ending) {
                end(ctx);
            } else {
                want(ctx); // The end of the request, or its body.
            }
        } else if (part == LastHttpContent.EMPTY_LAST_CONTENT) {
            written.addListener(left -> want(ctx));
        } else {
            ending = true; // A body: nothing here takes one.
            end(ctx);
        }
    }

    private void want(ChannelHandlerContext ctx) {
        wanting = true;
        ctx.read();
    }

    private void answer(ChannelHandlerContext ctx, HttpRequest request) {
        Page page = pages.apply(request);
        ByteBuf body = ByteBufUtil.writeUtf8(ctx.alloc(), page.body());
        int length = body.readableBytes();
        if (request.method().equals(HttpMethod.HEAD)) {
            body.clear();
        }
        FullHttpResponse response =
                new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, page.status(), body);
        response.headers()
                .set(HttpHeaderNames.CONTENT_TYPE, page.type())
                .set(HttpHeaderNames.CACHE_CONTROL, "no-store")
                .setInt(HttpHeaderNames.CONTENT_LENGTH, length);
        if (page.status().equals(HttpResponseStatus.METHOD_NOT_ALLOWED)) {
            response.headers().set(HttpHeaderNames.ALLOW, "GET, HEAD");
        }
        ending =
                request.decoderResult().isFailure()
                        || page.status().equals(HttpResponseStatus.METHOD_NOT_ALLOWED)
                        || page.status().equals(HttpResponseStatus.BAD_REQUEST)
                        || HttpUtil.isTransferEncodingChunked(request)
                        || HttpUtil.getContentLength(request, 0L) > 0
                        || !HttpUtil.isKeepAlive(request);
        HttpUtil.setKeepAlive(response, !ending);
        written = ctx.writeAndFlush(response);
    }

    /** Says the end behind the answer, takes no notice of what still comes, and closes. */
    private void end(ChannelHandlerContext ctx) {
        deadline.cancel(false);
        written.addListener(
                left -> {
                    closeIn(ctx, END_MILLIS, TimeUnit.MILLISECONDS);
                    if (ctx.channel() instanceof DuplexChannel channel && channel.isActive()) {
                        channel.shutdownOutput();
                    }
                    ctx.channel().config().setAutoRead(true);
                    want(ctx);
                });
    }

    private void closeIn(ChannelHandlerContext ctx, int time, TimeUnit unit) {
        deadline = ctx.executor().schedule(() -> ctx.close(), time, unit);
    }

    /** A reset, or an answer that is not taken: the peer's business. */
    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        ctx.close();
    }
}
