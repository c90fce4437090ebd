package io.echo.bench.pacing;

import io.netty.channel.IoHandle;
import io.netty.channel.IoHandler;
import io.netty.channel.IoHandlerContext;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.IoRegistration;
import io.netty.util.concurrent.ThreadAwareExecutor;

/**
 * The I/O handler of an event loop that also runs a {@link TimedTask} at exact times. It wraps the
 * handler of any transport.
 *
 * <p>The native transports wait for the kernel to the nanosecond, once {@link TimerSlack} is out of
 * the way; NIO waits in whole milliseconds. A tick is waited for while it is further away than
 * {@link TimedTask#spinNs}; after that this polls the kernel without waiting. Replies are read
 * meanwhile on the same thread, so they are not late either.
 *
 * <p>A kernel that wakes the service on the sender's core lets it wait there until the sender
 * sleeps, which a JVM takes longer to do than a program in C: so this yields the core after what
 * was sent, unless the user wants it to spin, and then reads at once what has come meanwhile: the
 * way through the event loop is long for a thread whose code has left the cache.
 */
public final class PacedIoHandler implements IoHandler {
    private final IoHandler io;
    private final TimedTask task;
    private final Pacing pacing;
    private final Bounded bounded;

    private PacedIoHandler(IoHandler io, TimedTask task, Pacing pacing) {
        this.io = io;
        this.task = task;
        this.pacing = pacing;
        this.bounded = new Bounded(task);
    }

    /** Returns a factory for the one event loop that runs this task. */
    public static IoHandlerFactory factory(
            IoHandlerFactory transport, TimedTask task, Pacing pacing) {
        return (ThreadAwareExecutor executor) ->
                new PacedIoHandler(transport.newHandler(executor), task, pacing);
    }

    @Override
    public int run(IoHandlerContext context) {
        long dueNs = task.dueNs();
        if (dueNs == TimedTask.NEVER) {
            int handled = io.run(context);
            task.tick();
            return handled;
        }
        bounded.loop = context;
        bounded.untilNs = dueNs - task.spinNs();
        bounded.wait = bounded.untilNs - System.nanoTime() > 0;
        int handled = io.run(bounded);
        if (task.tick() && pacing == Pacing.AUTO) {
            Thread.yield();
            bounded.wait = false;
            handled += io.run(bounded);
        }
        return handled;
    }

    @Override
    public void initialize() {
        if (pacing == Pacing.AUTO) {
            TimerSlack.remove();
        }
        io.initialize();
    }

    @Override
    public void prepareToDestroy() {
        io.prepareToDestroy();
    }

    @Override
    public void destroy() {
        io.destroy();
    }

    @Override
    public IoRegistration register(IoHandle handle) throws Exception {
        return io.register(handle);
    }

    @Override
    public void wakeup() {
        io.wakeup();
    }

    @Override
    public boolean isCompatible(Class<? extends IoHandle> handleType) {
        return io.isCompatible(handleType);
    }

    /** The loop's context, with a limit on how long it may wait. Used on the loop only. */
    private static final class Bounded implements IoHandlerContext {
        private final TimedTask task;
        private IoHandlerContext loop;
        private long untilNs;
        private boolean wait;

        Bounded(TimedTask task) {
            this.task = task;
        }

        @Override
        public boolean canBlock() {
            return wait && loop.canBlock();
        }

        @Override
        public long delayNanos(long currentTimeNanos) {
            long ours = Math.max(0, untilNs - currentTimeNanos);
            return Math.min(ours, loop.delayNanos(currentTimeNanos));
        }

        @Override
        public long deadlineNanos() {
            // Netty compares it for equality only; -1 would mean none.
            return untilNs == -1 ? 0 : untilNs;
        }

        @Override
        public void reportActiveIoTime(long activeNanos) {
            loop.reportActiveIoTime(activeNanos);
        }

        @Override
        public boolean shouldReportActiveIoTime() {
            // Netty's handlers ask between waiting and working.
            task.ready();
            return loop.shouldReportActiveIoTime();
        }
    }
}
