package io.echo.server.fault;

import io.echo.server.config.FaultProfile;
import io.echo.server.fault.FaultCounters.Own;
import io.echo.server.fault.fate.ConnectionFate;
import io.echo.server.fault.fate.ConnectionFault;
import io.echo.server.fault.fate.DatagramFates;
import io.echo.server.fault.fate.Delays;
import io.echo.server.tcp.TcpGuard;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.util.concurrent.Future;
import java.util.ArrayDeque;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;

/**
 * Reads a connection as its fate says, and hands on what it has read in order: slowly, later, as
 * fast as a line carries it, and not at all in a stall. The end of the stream waits behind the
 * bytes.
 *
 * <p>Stands in front of the connection's {@link TcpGuard}, which also switches reading on and off;
 * so it decides again after each time. On the port's loop.
 */
final class StreamInput extends ChannelDuplexHandler {
    /** Bytes of one connection that are held, beside one read: the window of a usual path. */
    private static final int MOST_QUEUED = 256 << 10;

    /** Reads a second at a rate that is slower than {@link #LARGEST_READ} each time. */
    private static final int READS_PER_SECOND = 20;

    private static final int LARGEST_READ = 64 << 10;

    private static final double NANOS = 1e9;

    private record Piece(byte[] bytes, long dueNs) {}

    private final FaultCounters counters;
    private final HeldMemory memory;
    private final ConnectionFate fate;
    private final StreamOutput output;
    private final Queue<Piece> queue = new ArrayDeque<>();

    private Channel channel;
    private ChannelHandlerContext ctx;
    private TcpGuard guard;

    private int queuedBytes;
    private long receivedBytes;

    /** The time at which the line has carried what has been read. */
    private long lineFreeNs;

    /** The time before which nothing may be read. */
    private long readFromNs;

    /** The time of the last piece, which no later one comes before. */
    private long lastDueNs;

    private boolean stalled;
    private boolean hurrying;
    private boolean delivering;

    /** Set when the peer has finished sending. */
    private boolean ended;

    /** Set when the guard has been told so. */
    private boolean endTold;

    /** The begin or the end of a stall. */
    private Future<?> stallTimer;

    private Future<?> timer;
    private long timerNs;

    private final boolean[] counted = new boolean[ConnectionFault.values().length];

    StreamInput(
            FaultCounters counters, HeldMemory memory, ConnectionFate fate, StreamOutput output) {
        this.counters = counters;
        this.memory = memory;
        this.fate = fate;
        this.output = output;
    }

    /** Returns the size of reads at which a rate is even; empty where any will do. */
    static OptionalLong readBytes(FaultProfile profile) {
        return LongStream.concat(
                        profile.datagrams().rate().stream(),
                        profile.connections().slowRead().stream())
                .map(rate -> Math.max(1, Math.min(LARGEST_READ, rate / READS_PER_SECOND)))
                .min();
    }

    @Override
    public void handlerAdded(ChannelHandlerContext added) {
        ctx = added;
        channel = added.channel();
        long nowNs = System.nanoTime();
        lineFreeNs = nowNs;
        readFromNs = nowNs;
        lastDueNs = nowNs;
    }

    @Override
    public void channelActive(ChannelHandlerContext active) {
        guard = channel.pipeline().get(TcpGuard.class);
        fate.stalls().ifPresent(stalls -> startStalls(stalls, System.nanoTime()));
        active.fireChannelActive();
        output.begin(this, guard);
    }

    private void startStalls(ConnectionFate.Stalls stalls, long beginNs) {
        after(stalls.firstNs(), () -> stall(stalls, beginNs + stalls.firstNs()));
    }

    private void stall(ConnectionFate.Stalls stalls, long sinceNs) {
        if (hurrying || !channel.isActive()) {
            return;
        }
        stalled = true;
        counters.faults().enter(ConnectionFault.STALL);
        long nowNs = System.nanoTime();
        updateReading(nowNs);
        after(
                sinceNs + stalls.lengthNs() - nowNs,
                () -> {
                    goOn();
                    long nextNs = sinceNs + stalls.everyNs();
                    after(nextNs - System.nanoTime(), () -> stall(stalls, nextNs));
                });
    }

    private void goOn() {
        stalled = false;
        output.advance();
        deliver();
    }

    private void after(long ns, Runnable task) {
        if (channel.isOpen()) {
            stallTimer = channel.eventLoop().schedule(task, Math.max(0, ns), TimeUnit.NANOSECONDS);
        }
    }

    /** Returns whether nothing may be sent now. */
    boolean isStalled() {
        return stalled;
    }

    @Override
    public void channelRead(ChannelHandlerContext reader, Object msg) {
        ByteBuf content = (ByteBuf) msg;
        byte[] bytes = ByteBufUtil.getBytes(content);
        content.release();
        receivedBytes += bytes.length;
        counters.add(Own.STREAM_RECEIVED_BYTES, bytes.length);
        long readNs = System.nanoTime();
        if (fate.slowRead().isPresent() && !hurrying) {
            countOnce(ConnectionFault.SLOW_READ);
            // Behind a FIN the native transports read on, whatever auto-read says.
            readNs = Math.max(readNs, readFromNs);
            readFromNs = readNs + ns(bytes.length, fate.slowRead().getAsLong());
        }
        if (!output.isFinished()) {
            memory.force(bytes.length);
            queuedBytes += bytes.length;
            queue.add(new Piece(bytes, dueNs(readNs, bytes.length)));
        }
    }

    private long dueNs(long readNs, int bytes) {
        if (fate.rate().isPresent()) {
            countOnce(ConnectionFault.RATE);
            lineFreeNs = Math.max(readNs, lineFreeNs) + ns(bytes, fate.rate().getAsLong());
        }
        long delayNs = fate.delays().map(Delays::nextNs).orElse(0L);
        if (delayNs > 0) {
            countOnce(ConnectionFault.DELAY);
        }
        lastDueNs = Math.max(lastDueNs, Math.max(readNs, lineFreeNs) + delayNs);
        return lastDueNs;
    }

    private static long ns(int bytes, long perSecond) {
        return (long) (bytes * NANOS / perSecond);
    }

    /** Counts a fault of this connection the first time. */
    void countOnce(ConnectionFault fault) {
        if (!counted[fault.ordinal()]) {
            counted[fault.ordinal()] = true;
            counters.faults().enter(fault);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext reader) {
        deliver();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext reader, Object event) {
        if (event == ChannelInputShutdownEvent.INSTANCE) {
            ended = true;
            deliver();
        } else {
            reader.fireUserEventTriggered(event);
        }
    }

    /** Hands on what is due, as far as it can leave. */
    void deliver() {
        if (delivering || !channel.isOpen()) {
            return;
        }
        delivering = true;
        // One clock for all: what is not due by it gets a timer.
        long nowNs = System.nanoTime();
        try {
            if (output.isFinished()) {
                clear();
            }
            while (mayDeliver(nowNs)) {
                do {
                    ctx.fireChannelRead(Unpooled.wrappedBuffer(remove().bytes()));
                } while (mayDeliver(nowNs));
                ctx.fireChannelReadComplete(); // The echo flushes, which may make room.
            }
            tellEnd(nowNs);
        } finally {
            delivering = false;
        }
        updateReading(nowNs);
        schedule(nowNs);
    }

    private boolean mayDeliver(long nowNs) {
        return !stalled && isDue(nowNs) && output.hasRoom() && channel.isWritable();
    }

    private boolean isDue(long nowNs) {
        return !queue.isEmpty() && (hurrying || queue.peek().dueNs() - nowNs <= 0);
    }

    private Piece remove() {
        Piece piece = queue.remove();
        queuedBytes -= piece.bytes().length;
        memory.giveBack(piece.bytes().length);
        return piece;
    }

    private void clear() {
        while (!queue.isEmpty()) {
            remove();
        }
    }

    private void tellEnd(long nowNs) {
        if (!ended || endTold || stalled || !queue.isEmpty()) {
            return;
        }
        endTold = true;
        if (output.isFinished()) {
            output.close();
        } else {
            ctx.fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
        }
    }

    private void updateReading(long nowNs) {
        if (!channel.isOpen() || guard == null) {
            return;
        }
        boolean reads = !stalled && !ended && (hurrying || readFromNs - nowNs <= 0);
        if (!output.isFinished()) {
            reads &=
                    queuedBytes < MOST_QUEUED
                            && (queue.isEmpty() || memory.hasRoom() && lineWaitNs(nowNs) <= 0)
                            && output.hasRoom()
                            && channel.isWritable()
                            && !guard.isEnding();
        }
        if (channel.config().isAutoRead() != reads) {
            channel.config().setAutoRead(reads);
        }
    }

    /** Returns how long too much waits for the line; 0 or less if it does not. */
    private long lineWaitNs(long nowNs) {
        return lineFreeNs - nowNs - DatagramFates.LONGEST_WAIT.toNanos();
    }

    /** Wakes up when the next piece is due, or when reading may go on. */
    private void schedule(long nowNs) {
        long waitNs = Long.MAX_VALUE;
        if (!queue.isEmpty() && !isDue(nowNs)) {
            waitNs = queue.peek().dueNs() - nowNs;
        }
        long readNs = Math.max(readFromNs - nowNs, lineWaitNs(nowNs));
        if (readNs > 0 && !ended) {
            waitNs = Math.min(waitNs, readNs);
        }
        if (waitNs == Long.MAX_VALUE || timer != null && timerNs - nowNs <= waitNs) {
            return;
        }
        cancel(timer);
        timerNs = nowNs + waitNs;
        timer =
                channel.eventLoop()
                        .schedule(
                                () -> {
                                    timer = null;
                                    deliver();
                                },
                                Math.max(0, timerNs - System.nanoTime()),
                                TimeUnit.NANOSECONDS);
    }

    private static void cancel(Future<?> task) {
        if (task != null) {
            task.cancel(false);
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext changed) {
        changed.fireChannelWritabilityChanged(); // The guard may switch reading on.
        deliver();
    }

    @Override
    public void channelInactive(ChannelHandlerContext inactive) {
        cancel(timer);
        cancel(stallTimer);
        clear();
        output.end();
        counters.add(Own.STREAM_DROPPED_BYTES, receivedBytes - output.sentBytes());
        inactive.fireChannelInactive();
    }

    /** Holds nothing any more, since the server stops. */
    void hurry() {
        hurrying = true;
        goOn();
    }
}
