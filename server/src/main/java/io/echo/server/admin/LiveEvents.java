package io.echo.server.admin;

import com.google.gson.Gson;
import io.echo.server.loop.CounterTotals;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.ChannelMatchers;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ImmediateEventExecutor;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * The server-sent events at {@code /events} for the live page: {@code head} once, a message with a
 * {@link LiveSample} each second, {@code state} whenever it changes.
 *
 * <p>A row is made once, whether somebody watches or not, and its bytes go to every viewer. The
 * last minutes are kept, and a new viewer gets them first: who comes because something is wrong
 * sees how it began. A viewer that does not keep up misses rows; one that takes nothing is closed,
 * as with every answer. The loops are asked for their counters and not waited for.
 *
 * <p>On the admin loop.
 */
final class LiveEvents {
    /** Most viewers; the other connections of the admin port are for probes and scrapers. */
    static final int MAX_VIEWERS = 16;

    /** Number of rows that are kept, one a second; each takes about half a KiB. */
    static final int KEPT = 300;

    private static final int EVERY_MILLIS = 1_000;

    /** Time for the loops to answer; the counters of one that does not are read from outside. */
    private static final int TELL_MILLIS = 50;

    private final ChannelGroup viewers = new DefaultChannelGroup(ImmediateEventExecutor.INSTANCE);
    private final Deque<byte[]> past = new ArrayDeque<>();
    private final EventLoop loop;
    private final CounterTotals metrics;
    private final LiveSample samples;
    private final Supplier<Map<String, Object>> facts;
    private final Supplier<String> state;

    /** The state that the viewers know. */
    private String told;

    /**
     * Makes one that has no viewers and no rows.
     *
     * @param loop the admin loop
     * @param facts first event of a viewer, to which the columns of a row are added
     * @param state text of {@code /readyz}; asked on any thread
     */
    LiveEvents(
            EventLoop loop,
            MetricsPage.Watched watched,
            Supplier<Map<String, Object>> facts,
            Supplier<String> state) {
        this.loop = loop;
        this.metrics = watched.metrics();
        this.samples = new LiveSample(watched, viewers::size);
        this.facts = facts;
        this.state = state;
        this.told = state.get();
    }

    /** Begins to make rows. Any thread. */
    void start() {
        loop.execute(this::ask);
    }

    /** Makes the answer to a new viewer. */
    AdminResponse page() {
        if (viewers.size() >= MAX_VIEWERS) {
            return AdminResponse.text(
                            HttpResponseStatus.SERVICE_UNAVAILABLE,
                            MAX_VIEWERS + " viewers are all that may watch at once")
                    .andClose();
        }
        Map<String, Object> known = new LinkedHashMap<>(facts.get());
        known.putAll(samples.head());
        byte[] head = event("head", new Gson().toJson(known));
        return AdminResponse.stream("text/event-stream", channel -> join(channel, head))
                .with("x-accel-buffering", "no"); // Or nginx holds events back.
    }

    /** Sends a new state at once; done when the viewers have been told. Any thread. */
    Future<?> tellState() {
        return loop.submit(this::sendNewState);
    }

    private void join(Channel viewer, byte[] head) {
        sendNewState(); // To those who are there.
        CompositeByteBuf all = viewer.alloc().compositeBuffer(KEPT + 2);
        all.addComponent(true, Unpooled.wrappedBuffer(head));
        past.forEach(event -> all.addComponent(true, Unpooled.wrappedBuffer(event)));
        all.addComponent(true, Unpooled.wrappedBuffer(event("state", told)));
        viewer.writeAndFlush(new DefaultHttpContent(all));
        viewers.add(viewer);
    }

    /** Asks the loops for a row now, and again in a second. */
    private void ask() {
        loop.schedule(this::ask, EVERY_MILLIS, TimeUnit.MILLISECONDS);
        long timeMs = System.currentTimeMillis();
        long clockNs = System.nanoTime();
        List<Future<long[]>> asked = metrics.ask();
        loop.schedule(
                () -> send(samples.row(timeMs, clockNs, metrics.sumOf(asked))),
                TELL_MILLIS,
                TimeUnit.MILLISECONDS);
    }

    private void send(long[] numbers) {
        byte[] event = event("message", Arrays.toString(numbers).replace(" ", ""));
        if (past.size() == KEPT) {
            past.remove();
        }
        past.add(event);
        viewers.writeAndFlush(content(event), Channel::isWritable, true);
        sendNewState();
    }

    private void sendNewState() {
        String now = state.get();
        if (!now.equals(told)) {
            told = now;
            viewers.writeAndFlush(content(event("state", now)), ChannelMatchers.all(), true);
        }
    }

    private static HttpContent content(byte[] event) {
        return new DefaultHttpContent(Unpooled.wrappedBuffer(event));
    }

    private static byte[] event(String name, String data) {
        return ("event: " + name + "\ndata: " + data.replaceAll("\\R", " ") + "\n\n")
                .getBytes(StandardCharsets.UTF_8);
    }
}
