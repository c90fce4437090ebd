package io.echo.server.admin;

import static io.netty.handler.codec.http.HttpHeaderValues.CLOSE;
import static io.netty.handler.codec.http.HttpHeaderValues.KEEP_ALIVE;

import io.echo.server.loop.Reset;
import io.echo.server.loop.Shortage;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.ChannelInputShutdownEvent;
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
 * <p>Shuts its output behind the last answer, and closes later: closing over bytes that were not
 * read would reset the connection, and the peer could lose the answer; closing before the peer has
 * taken it would leave it to the kernel, outside the limit of connections. So an ended connection
 * keeps its place for {@value #END_SECONDS} s, or until a new one needs it, and is reset then; a
 * peer that has taken everything sees nothing of that. On the admin loop.
 */
final class AdminConnection extends SimpleChannelInboundHandler<HttpObject> {
    /**
     * Time from one request to the next, which must be whole by then; more than the minute after
     * which Prometheus asks again.
     */
    static final int REQUEST_SECONDS = 75;

    /** Time for the peer to take the last answer. */
    static final int END_SECONDS = 10;

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

    /** Set when the peer has shut down its sending side. */
    private boolean heardAll;

    /** Set when the output has been shut down. */
    private boolean ended;

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

    /** Returns true if nothing more is answered, and only its last bytes keep it. */
    boolean isEnded() {
        return ended;
    }

    /** Closes at once. What the peer has not taken of an answer is lost. */
    void end(Channel channel) {
        if (written != null) {
            Reset.onClose(channel);
        }
        channel.close();
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
        if (wanting && !heardAll) {
            ctx.read();
        }
    }

    /** Answers what was asked before the peer shut down its side, and ends then. */
    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event == ChannelInputShutdownEvent.INSTANCE) {
            heardAll = true;
            ctx.channel().config().setAutoRead(false);
            if (streaming) {
                end(ctx.channel()); // A viewer that has gone.
            } else if (wanting && !ending) {
                closeAfterAnswer(ctx);
            }
        }
        ctx.fireUserEventTriggered(event);
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
            closeAfterAnswer(ctx); // A body: no page takes one.
        }
    }

    private void awaitRequest(ChannelHandlerContext ctx) {
        heardNs = System.nanoTime();
        deadline =
                ctx.executor()
                        .schedule(() -> closeAfterAnswer(ctx), REQUEST_SECONDS, TimeUnit.SECONDS);
    }

    private void readMore(ChannelHandlerContext ctx) {
        wanting = true;
        ctx.read();
        if (wanting && heardAll && !ending) {
            closeAfterAnswer(ctx); // No request was left behind the last one.
        }
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

    /** Shuts the output behind the answer, ignores further input, and closes in time. */
    private void closeAfterAnswer(ChannelHandlerContext ctx) {
        ending = true;
        deadline.cancel(false);
        if (written == null) {
            ctx.close();
        } else {
            written.addListener(left -> shutOutput(ctx));
        }
    }

    private void shutOutput(ChannelHandlerContext ctx) {
        ended = true;
        deadline = ctx.executor().schedule(() -> end(ctx.channel()), END_SECONDS, TimeUnit.SECONDS);
        if (ctx.channel() instanceof DuplexChannel channel && channel.isActive()) {
            channel.shutdownOutput();
        }
        if (!heardAll) {
            ctx.channel().config().setAutoRead(true);
            readMore(ctx);
        }
    }

    /** Closes quietly after a reset, or when the peer does not take an answer. */
    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        Shortage.tellIfOfHeap(cause);
        end(ctx.channel());
    }
}
