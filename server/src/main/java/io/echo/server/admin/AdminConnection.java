package io.echo.server.admin;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * One connection to the admin port: takes a request only when the answer to the one before has
 * left, so that a peer that asks and does not read costs one answer; ends where another request
 * could not be told apart. Behind a request for a stream there is no other.
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

    private final Function<HttpRequest, AdminResponse> pages;

    /** Closes a connection that has not asked in time. */
    private Future<?> deadline;

    /** The answer under way, or the last one. */
    private ChannelFuture written;

    /** When it connected, or its last request came; by {@link System#nanoTime}. */
    private long heardNs;

    private boolean ending;

    /** Whether the answer under way goes on until the connection ends. */
    private boolean streaming;

    /** Whether a part of a request has been asked for and not come. */
    private boolean wanting;

    AdminConnection(Function<HttpRequest, AdminResponse> pages) {
        this.pages = pages;
    }

    /** Since its last request came, or it connected, in nanoseconds. */
    long silentNs() {
        return System.nanoTime() - heardNs;
    }

    /** Whether an answer is under way that ends by itself. */
    boolean isAnswering() {
        return written != null && !written.isDone();
    }

    /** Whether the answer under way goes on until the connection ends. */
    boolean isStreaming() {
        return streaming;
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        awaitRequest(ctx);
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
        if (ending || streaming) {
            return;
        }
        wanting = false;
        if (part instanceof HttpRequest request) {
            deadline.cancel(false);
            awaitRequest(ctx);
            answer(ctx, request);
            if (ending) {
                end(ctx);
            } else if (!streaming) {
                want(ctx); // The end of the request, or its body.
            }
        } else if (part == LastHttpContent.EMPTY_LAST_CONTENT) {
            written.addListener(left -> want(ctx));
        } else {
            ending = true; // A body: nothing here takes one.
            end(ctx);
        }
    }

    private void awaitRequest(ChannelHandlerContext ctx) {
        heardNs = System.nanoTime();
        closeIn(ctx, REQUEST_SECONDS, TimeUnit.SECONDS);
    }

    private void want(ChannelHandlerContext ctx) {
        wanting = true;
        ctx.read();
    }

    private void answer(ChannelHandlerContext ctx, HttpRequest request) {
        AdminResponse page = pages.apply(request);
        boolean head = request.method().equals(HttpMethod.HEAD);
        streaming = page.stream().isPresent() && !head;
        ending =
                !streaming
                        && (request.decoderResult().isFailure()
                                || page.ends()
                                || HttpUtil.isTransferEncodingChunked(request)
                                || HttpUtil.getContentLength(request, 0L) > 0
                                || !HttpUtil.isKeepAlive(request));
        HttpResponse response =
                streaming
                        ? new DefaultHttpResponse(HttpVersion.HTTP_1_1, page.status())
                        : whole(ctx, page, head);
        page.headers().forEach(response.headers()::set);
        HttpUtil.setKeepAlive(response, !ending && !streaming);
        written = ctx.writeAndFlush(response);
        if (streaming) {
            stream(ctx, page.stream().get());
        }
    }

    private static FullHttpResponse whole(
            ChannelHandlerContext ctx, AdminResponse page, boolean head) {
        ByteBuf body = ByteBufUtil.writeUtf8(ctx.alloc(), page.body());
        FullHttpResponse response =
                new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, page.status(), body);
        if (page.stream().isEmpty()) {
            HttpUtil.setContentLength(response, body.readableBytes());
        }
        if (head || page.status().equals(HttpResponseStatus.NOT_MODIFIED)) {
            body.clear();
        }
        return response;
    }

    /** Hands the connection over; reads on, for the peer's end must be seen. */
    private void stream(ChannelHandlerContext ctx, Consumer<Channel> stream) {
        deadline.cancel(false);
        stream.accept(ctx.channel());
        want(ctx);
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
