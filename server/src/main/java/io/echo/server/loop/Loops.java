package io.echo.server.loop;

import io.echo.net.Transport;
import io.netty.channel.EventLoop;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.FastThreadLocalThread;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** The event loops of a server, threads {@code echo-io-N} by default, which UDP and TCP share. */
public final class Loops {
    /** Begin of the threads' names by default. */
    public static final String THREADS = "echo-io-";

    private final MultiThreadIoEventLoopGroup group;
    private final List<Loop> all;
    private final Map<EventLoop, Loop> byEventLoop = new IdentityHashMap<>();

    /** Starts the loops. */
    public Loops(Transport transport, int count) {
        this(transport, transport.newIoHandlerFactory(), count, THREADS);
    }

    /**
     * Starts the loops.
     *
     * @param names begin of their threads' names
     */
    public Loops(Transport transport, IoHandlerFactory io, int count, String names) {
        this.group = new MultiThreadIoEventLoopGroup(count, threads(names), io);
        List<Loop> loops = new ArrayList<>();
        for (EventExecutor eventLoop : group) {
            loops.add(Loop.of((EventLoop) eventLoop, transport));
        }
        this.all = List.copyOf(loops);
        all.forEach(loop -> byEventLoop.put(loop.eventLoop(), loop));
    }

    private static ThreadFactory threads(String names) {
        AtomicInteger next = new AtomicInteger();
        return task -> {
            Thread thread = new FastThreadLocalThread(task, names + next.getAndIncrement());
            thread.setDaemon(true);
            return thread;
        };
    }

    /** Returns the event loops as Netty knows them. */
    public MultiThreadIoEventLoopGroup group() {
        return group;
    }

    /** Returns every loop. */
    public List<Loop> all() {
        return all;
    }

    /** Returns the loop of a channel's thread. */
    public Loop of(EventLoop eventLoop) {
        return byEventLoop.get(eventLoop);
    }

    /** Frees the receive buffers and ends the threads; every channel must have closed. */
    public void close() {
        for (Loop loop : all) {
            loop.eventLoop().submit(loop.buffers()::close).awaitUninterruptibly();
        }
        group.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
    }
}
