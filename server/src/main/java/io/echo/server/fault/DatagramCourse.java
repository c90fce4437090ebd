package io.echo.server.fault;

import io.echo.server.config.FaultProfile;
import io.echo.server.fault.fate.DatagramFate;
import io.echo.server.fault.fate.DatagramFates;
import io.echo.server.fault.fate.DatagramFault;
import io.echo.server.metrics.Counter;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.DatagramPacket;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Carries out the fates of the datagrams of one port, over all of its sockets.
 *
 * <p>Every copy that shall leave is pending, and takes memory, until the kernel has it: {@code
 * received + duplicate = sent + burst + loss + rate + duplicate_dropped + overflow + dropped +
 * pending}. The clock and the times of bursts start with the first datagram. On the port's loop.
 */
final class DatagramCourse {
    private record Flow(Channel socket, InetSocketAddress peer) {}

    private record Reply(ChannelHandlerContext ctx, InetSocketAddress to, byte[] bytes) {}

    /** Datagrams that leave in one go at a stop: some milliseconds. */
    private static final int SLICE = 1_024;

    private final EventLoop loop;
    private final FaultCounters counters;
    private final HeldMemory memory;
    private final DatagramFates fates;
    private final HoldingQueue<Flow, Reply> queue = new HoldingQueue<>();
    private final Set<ChannelHandlerContext> unflushed = new LinkedHashSet<>();

    private boolean begun;
    private long startNs;

    /** Datagrams that have arrived. */
    private long number;

    /** Set when the server stops: nothing waits any more. */
    private boolean hurrying;

    private Future<?> timer;
    private long timerNs;

    DatagramCourse(
            EventLoop loop, FaultProfile profile, FaultCounters counters, HeldMemory memory) {
        this.loop = loop;
        this.counters = counters;
        this.memory = memory;
        this.fates = new DatagramFates(profile, 0);
    }

    /** Carries out the fate of a reply that its socket's handler was about to write. */
    void run(ChannelHandlerContext ctx, DatagramPacket reply) {
        if (!begun) {
            begun = true;
            startNs = System.nanoTime();
        }
        long nowNs = nowNs();
        leaveDue(nowNs);
        byte[] bytes = ByteBufUtil.getBytes(reply.content());
        InetSocketAddress to = reply.recipient();
        reply.release();
        DatagramFate fate = fates.next(nowNs, bytes.length);
        counters.faults().enter(fate, bytes.length);
        if (fate.lost().isPresent()) {
            return;
        }
        byte[] left = fate.apply(bytes);
        number++;
        for (int i = 0; i < fate.copies().size(); i++) {
            DatagramFate.Copy copy = fate.copies().get(i);
            if (!copy.dropped()) {
                run(copy, i > 0, new Reply(ctx, to, left), nowNs);
            }
        }
        schedule(nowNs);
    }

    private void run(DatagramFate.Copy copy, boolean second, Reply reply, long nowNs) {
        if (!memory.take(reply.bytes().length)) {
            counters.faults()
                    .enter(second ? DatagramFault.DUPLICATE_DROPPED : DatagramFault.OVERFLOW);
            return;
        }
        counters.loop().add(Counter.UDP_PENDING, 1);
        Flow flow = new Flow(reply.ctx().channel(), reply.to());
        long waitNs = copy.delayNs() + copy.waitNs();
        if (hurrying || waitNs == 0 && copy.behind() == 0) {
            leave(reply);
            queue.noteLeft(flow, number);
            leaveDue(nowNs);
        } else {
            queue.hold(reply, flow, number, copy.behind(), nowNs + waitNs);
        }
    }

    private long nowNs() {
        return System.nanoTime() - startNs;
    }

    private void leaveDue(long nowNs) {
        for (Optional<HoldingQueue.Leaving<Reply>> next = queue.next(nowNs);
                next.isPresent();
                next = queue.next(nowNs)) {
            leave(next.get());
        }
    }

    private void leave(HoldingQueue.Leaving<Reply> leaving) {
        if (leaving.alone()) {
            counters.faults().enter(DatagramFault.REORDER_ALONE);
        }
        leave(leaving.reply());
    }

    private void leave(Reply reply) {
        int length = reply.bytes().length;
        unflushed.add(reply.ctx());
        reply.ctx()
                .write(new DatagramPacket(Unpooled.wrappedBuffer(reply.bytes()), reply.to()))
                .addListener(sent -> count(length, sent));
    }

    private void count(int length, Future<?> sent) {
        memory.giveBack(length);
        Counter counter =
                sent.isSuccess()
                        ? Counter.UDP_ECHOED
                        : sent.cause() instanceof ClosedChannelException
                                ? Counter.UDP_DROPPED_CLOSED
                                : Counter.UDP_DROPPED_SEND;
        counters.loop().add(Counter.UDP_PENDING, -1);
        counters.loop().add(counter, 1);
    }

    /** Hands what was written to the kernel. */
    void flush() {
        unflushed.forEach(ChannelHandlerContext::flush);
        unflushed.clear();
    }

    private void schedule(long nowNs) {
        long nextNs = queue.nextNs();
        if (nextNs == Long.MAX_VALUE || timer != null && timerNs <= nextNs) {
            return;
        }
        if (timer != null) {
            timer.cancel(false);
        }
        timerNs = nextNs;
        timer = loop.schedule(this::wakeUp, Math.max(0, nextNs - nowNs), TimeUnit.NANOSECONDS);
    }

    private void wakeUp() {
        timer = null;
        leaveDue(nowNs());
        flush();
        schedule(nowNs());
    }

    /**
     * Lets everything leave that is held, and holds nothing any more. Not all in one go, so that
     * the loop serves its sockets in between and a stop keeps to its time.
     */
    void hurry() {
        hurrying = true;
        leaveSome();
        if (queue.size() > 0) {
            loop.schedule(this::hurry, 0, TimeUnit.NANOSECONDS); // Not before the loop's next pass.
        }
    }

    private void leaveSome() {
        for (int i = 0; i < SLICE; i++) {
            queue.next(Long.MAX_VALUE).ifPresent(this::leave);
        }
        flush();
    }

    /** Drops what is held still, as the sockets have closed. */
    void end() {
        leaveDue(Long.MAX_VALUE);
        flush();
    }
}
