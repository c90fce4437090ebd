package io.echo.server.admin;

import static io.netty.handler.codec.http.HttpResponseStatus.BAD_REQUEST;
import static io.netty.handler.codec.http.HttpResponseStatus.HTTP_VERSION_NOT_SUPPORTED;
import static io.netty.handler.codec.http.HttpResponseStatus.INTERNAL_SERVER_ERROR;
import static io.netty.handler.codec.http.HttpResponseStatus.METHOD_NOT_ALLOWED;
import static io.netty.handler.codec.http.HttpResponseStatus.NOT_FOUND;
import static io.netty.handler.codec.http.HttpResponseStatus.REQUEST_HEADER_FIELDS_TOO_LARGE;
import static io.netty.handler.codec.http.HttpResponseStatus.REQUEST_URI_TOO_LONG;

import io.echo.server.config.ServerConfig;
import io.echo.server.loop.AcceptBackoff;
import io.echo.server.loop.BindFailure;
import io.echo.server.loop.Descriptors;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.PreferHeapByteBufAllocator;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.netty.handler.flow.FlowControlHandler;
import io.netty.handler.timeout.WriteTimeoutHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.ImmediateEventExecutor;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Answers GET and HEAD over HTTP/1.1 on one small loop of its own, so that no load on the echo
 * delays an answer and nothing asked here delays an echo.
 *
 * <p>Limits connections, the request line, headers, silence, and the time an answer may take to
 * leave. A body is not read; its connection closes.
 */
public final class AdminServer implements AutoCloseable {
    /** Most connections of probes, scrapers and viewers; one more replaces the longest silent. */
    public static final int MAX_CONNECTIONS = 64;

    static final int MAX_REQUEST_LINE_BYTES = 1_024;
    static final int MAX_HEADER_BYTES = 8_192;

    private static final int WRITE_SECONDS = 10;

    /** Stands before the host of a request's target, where it has one. */
    private static final String SCHEME = "http://";

    /** From the heap, so that connections of the echo that use up direct memory take none here. */
    private static final ByteBufAllocator MEMORY =
            new PreferHeapByteBufAllocator(UnpooledByteBufAllocator.DEFAULT);

    /** Descriptors that connections may take later; a batch is accepted before one is closed. */
    public static final int DESCRIPTORS = MAX_CONNECTIONS + Descriptors.BATCH;

    private final Map<String, Supplier<AdminResponse>> pages;
    private final AdminNames names;
    private final MultiThreadIoEventLoopGroup loop;

    /** Open connections; closes those that come after {@link #close}. */
    private final ChannelGroup connections =
            new DefaultChannelGroup(ImmediateEventExecutor.INSTANCE, true);

    /** Set once by {@link #start}. */
    private Channel listener;

    private AdminServer(Map<String, Supplier<AdminResponse>> pages, AdminNames names) {
        this.pages = Map.copyOf(pages);
        this.names = names;
        this.loop =
                new MultiThreadIoEventLoopGroup(
                        1, new DefaultThreadFactory("echo-admin", true), NioIoHandler.newFactory());
    }

    /**
     * Listens, or throws with everything released.
     *
     * @param echoPort the port that the echo was told; it explains the default of this one
     * @param pages by path; each asked on the admin loop, once for each request
     */
    public static AdminServer start(
            ServerConfig.Admin config, int echoPort, Map<String, Supplier<AdminResponse>> pages)
            throws IOException {
        AdminServer admin = new AdminServer(pages, new AdminNames(config.names()));
        try {
            admin.listen(config, echoPort);
            return admin;
        } catch (IOException | RuntimeException e) {
            admin.close();
            throw e;
        }
    }

    /** Returns the address that it listens on. */
    public InetSocketAddress address() {
        return (InetSocketAddress) listener.localAddress();
    }

    /** Returns the one loop, on which pages are made. */
    public EventLoop eventLoop() {
        return listener.eventLoop();
    }

    /** Returns the number of open connections, without those that have had their last answer. */
    public int open() {
        return (int) connections.stream().filter(one -> !connection(one).isEnded()).count();
    }

    /**
     * Closes every connection, then the loop, which may not close those itself: {@code
     * SingleThreadIoEventLoop.run} misses {@code prepareToDestroy} when the shutdown comes between
     * its look at the state and the end of that turn (Netty 4.2.18, quiet period 0).
     */
    @Override
    public void close() {
        if (listener != null) {
            listener.close().awaitUninterruptibly();
        }
        connections.close().awaitUninterruptibly();
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }

    private void listen(ServerConfig.Admin config, int echoPort) throws IOException {
        InetSocketAddress address = new InetSocketAddress(resolve(config.host()), config.port());
        ChannelFuture bound =
                new ServerBootstrap()
                        .group(loop)
                        .channel(NioServerSocketChannel.class)
                        .handler(new AcceptBackoff())
                        .childOption(ChannelOption.TCP_NODELAY, true)
                        .childOption(ChannelOption.ALLOCATOR, MEMORY)
                        .childOption(ChannelOption.AUTO_READ, false)
                        .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
                        .childHandler(
                                new ChannelInitializer<SocketChannel>() {
                                    @Override
                                    protected void initChannel(SocketChannel channel) {
                                        accept(channel);
                                    }
                                })
                        .bind(address)
                        .awaitUninterruptibly();
        if (!bound.isSuccess()) {
            throw BindFailure.ofAdmin(bound.cause(), address, echoPort);
        }
        listener = bound.channel();
    }

    private void accept(SocketChannel channel) {
        if (connections.size() >= MAX_CONNECTIONS) {
            closeOne();
        }
        connections.add(channel);
        InetAddress arrivedAt = channel.localAddress().getAddress();
        channel.pipeline().addLast(handlers(request -> answer(request, arrivedAt)));
    }

    private AdminResponse answer(HttpRequest request, InetAddress arrivedAt) {
        return host(request)
                .flatMap(host -> names.refusal(host, arrivedAt))
                .orElseGet(() -> page(pages, request));
    }

    /**
     * Returns the host that is asked, with its port; HTTP/1.0 may name none, no browser sends it.
     */
    private static Optional<String> host(HttpRequest request) {
        int path = pathStart(request.uri());
        return path > 0
                ? Optional.of(request.uri().substring(SCHEME.length(), path))
                : Optional.ofNullable(request.headers().get(HttpHeaderNames.HOST));
    }

    /**
     * Closes a connection to let a new one in: one that has had its last answer, or the one that
     * has been silent longest, or the oldest when an answer is under way on each. Never a viewer's,
     * which are fewer than the limit.
     */
    private void closeOne() {
        connections.stream()
                .filter(channel -> !connection(channel).isStreaming())
                .max(
                        Comparator.comparing((Channel channel) -> connection(channel).isEnded())
                                .thenComparing(channel -> !connection(channel).isAnswering())
                                .thenComparingLong(channel -> connection(channel).silentNs()))
                .ifPresent(channel -> connection(channel).end(channel));
    }

    private static AdminConnection connection(Channel channel) {
        return channel.pipeline().get(AdminConnection.class);
    }

    /**
     * Makes the handlers of a connection, whose reading is not automatic.
     *
     * @param page makes the answer to a request, which may be a failed one
     */
    static ChannelHandler[] handlers(Function<HttpRequest, AdminResponse> page) {
        return new ChannelHandler[] {
            new WriteTimeoutHandler(WRITE_SECONDS),
            new HttpServerCodec(
                    new HttpDecoderConfig()
                            .setMaxInitialLineLength(MAX_REQUEST_LINE_BYTES)
                            .setMaxHeaderSize(MAX_HEADER_BYTES)),
            new FlowControlHandler(),
            new AdminConnection(page)
        };
    }

    private static InetAddress resolve(String host) throws UnknownHostException {
        try {
            return InetAddress.getByName(host);
        } catch (UnknownHostException e) {
            throw new UnknownHostException(
                    "--admin-host must be an address or a name that resolves, got " + host);
        }
    }

    /** Makes the answer to a request. */
    static AdminResponse page(Map<String, Supplier<AdminResponse>> pages, HttpRequest request) {
        if (request.decoderResult().isFailure()) {
            Throwable cause = request.decoderResult().cause();
            if (cause instanceof TooLongHttpHeaderException) {
                return AdminResponse.text(REQUEST_HEADER_FIELDS_TOO_LARGE, "headers too large");
            }
            return cause instanceof TooLongHttpLineException
                    ? AdminResponse.text(REQUEST_URI_TOO_LONG, "request line too long")
                    : AdminResponse.text(BAD_REQUEST, "not a request");
        }
        if (request.protocolVersion().majorVersion() != 1) {
            return AdminResponse.text(HTTP_VERSION_NOT_SUPPORTED, "HTTP/1 only").andClose();
        }
        if (request.protocolVersion().equals(HttpVersion.HTTP_1_1)
                && request.headers().getAll(HttpHeaderNames.HOST).size() != 1) {
            return AdminResponse.text(BAD_REQUEST, "not one Host")
                    .andClose(); // RFC 9112, section 3.2.
        }
        if (!request.method().equals(HttpMethod.GET) && !request.method().equals(HttpMethod.HEAD)) {
            return AdminResponse.text(METHOD_NOT_ALLOWED, "GET and HEAD only")
                    .with(HttpHeaderNames.ALLOW, "GET, HEAD")
                    .andClose();
        }
        Supplier<AdminResponse> page =
                pages.get(new QueryStringDecoder(withoutHost(request.uri())).rawPath());
        if (page == null) {
            return AdminResponse.text(NOT_FOUND, "not found");
        }
        try {
            return page.get().orNotModified(request);
        } catch (RuntimeException | LinkageError e) {
            return AdminResponse.text(INTERNAL_SERVER_ERROR, "not available: " + e);
        }
    }

    /** Drops the host that a proxy may put before the path. */
    private static String withoutHost(String uri) {
        int start = pathStart(uri);
        return start < uri.length() ? uri.substring(start) : "/";
    }

    /** Returns where the path begins; not at 0 behind a host (RFC 9112, section 3.2.2). */
    private static int pathStart(String uri) {
        if (!uri.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
            return 0;
        }
        int slash = uri.indexOf('/', SCHEME.length());
        return slash < 0 ? uri.length() : slash;
    }
}
