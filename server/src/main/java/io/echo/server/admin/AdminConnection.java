package io.echo.server.admin;

import static io.netty.handler.codec.http.HttpHeaderValues.CLOSE;
import static io.netty.handler.codec.http.HttpHeaderValues.KEEP_ALIVE;

import io.echo.server.loop.Shortage;
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
import io.netty.handler.codec.http.HttpHeaderNames;
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
 * One connection to the admin port: reads a request only when the answer to the one before has
 * left, so that a peer that asks and does not read costs one answer. Closes after a request behind
 * which the next could not be found, and takes no request after one for a stream.
 *
 * <p>Shuts its output first and closes a moment later: closing over bytes that were not read would
 * reset the connection, and the peer could lose the answer. On the admin loop.
 */
final class AdminConnection extends SimpleChannelInboundHandler<HttpObject> {
    /**
     * Time from one request to the next, which must be whole by then; more than the minute after
     * which Prometheus asks again.
     */
    static final int REQUEST_SECONDS = 75;

    /** Time for the peer to close after the last answer. */
    static final int END_MILLIS = 1_000;

    private final Function<HttpRequest, AdminResponse> pages;

    /** Closes a connection that has not asked in time. */
    private Future<?> deadline;

    /** The answer under way, or the last one. */
    private ChannelFuture written;

    /** Time of the last request, or of the connect; by {@link System#nanoTime}. */
    private long heardNs;

    /** Set when the answer under way is the last. */
    private boolean ending;

    /** Set when the answer under way goes on until the connection ends. */
    private boolean streaming;

    /** Set while a part of a request has been asked for and not come. */
    private boolean wanting;

    AdminConnection(Function<HttpRequest, AdminResponse> pages) {
        this.pages = pages;
    }

    /** Returns the nanoseconds since its last request, or since it connected. */
    long silentNs() {
        return System.nanoTime() - heardNs;
    }

    /** Returns true while an answer is under way. */
    boolean isAnswering() {
        return written != null && !written.isDone();
    }

    /** Returns true if its answer goes on until the connection ends. */
    boolean isStreaming() {
        return streaming;
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        awaitRequest(ctx);
        readMore(ctx);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        deadline.cancel(false);
    }

    /** Asks again: the handler in front forgets a read when the socket has no more. */
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
                closeAfterAnswer(ctx);
            } else if (!streaming) {
                readMore(ctx); // The end of the request, or its body.
            }
        } else if (part == LastHttpContent.EMPTY_LAST_CONTENT) {
            written.addListener(left -> readMore(ctx));
        } else {
            ending = true; // A body: no page takes one.
            closeAfterAnswer(ctx);
        }
    }

    private void awaitRequest(ChannelHandlerContext ctx) {
        heardNs = System.nanoTime();
        closeIn(ctx, REQUEST_SECONDS, TimeUnit.SECONDS);
    }

    private void readMore(ChannelHandlerContext ctx) {
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
                                || page.closes()
                                || HttpUtil.isTransferEncodingChunked(request)
                                || HttpUtil.getContentLength(request, 0L) > 0
                                || !HttpUtil.isKeepAlive(request));
        HttpResponse response =
                streaming
                        ? new DefaultHttpResponse(HttpVersion.HTTP_1_1, page.status())
                        : fullResponse(ctx, page, head);
        page.headers().forEach(response.headers()::set);
        response.headers()
                .set(HttpHeaderNames.CONNECTION, ending || streaming ? CLOSE : KEEP_ALIVE);
        written = ctx.writeAndFlush(response);
        if (streaming) {
            startStream(ctx, page.stream().get());
        }
    }

    private static FullHttpResponse fullResponse(
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

    /** Hands the connection to a stream; reads on, to see the peer close. */
    private void startStream(ChannelHandlerContext ctx, Consumer<Channel> stream) {
        deadline.cancel(false);
        stream.accept(ctx.channel());
        readMore(ctx);
    }

    /** Shuts the output behind the answer, ignores further input, and closes. */
    private void closeAfterAnswer(ChannelHandlerContext ctx) {
        deadline.cancel(false);
        written.addListener(
                left -> {
                    closeIn(ctx, END_MILLIS, TimeUnit.MILLISECONDS);
                    if (ctx.channel() instanceof DuplexChannel channel && channel.isActive()) {
                        channel.shutdownOutput();
                    }
                    ctx.channel().config().setAutoRead(true);
                    readMore(ctx);
                });
    }

    private void closeIn(ChannelHandlerContext ctx, int time, TimeUnit unit) {
        deadline = ctx.executor().schedule(() -> ctx.close(), time, unit);
    }

    /** Closes quietly after a reset, or when the peer does not take an answer. */
    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        Shortage.tellIfOfHeap(cause);
        ctx.close();
    }
}
