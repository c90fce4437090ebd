package io.echo.client.probe;

import io.echo.net.Protocol;
import io.echo.net.Transport;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundBuffer;
import java.util.Optional;

/**
 * Counts for one flow: enters each probe and each reply in the flow's {@link ProbeLedger} and in
 * the {@link ProbeStats} of its phase, and tells the flow's listener.
 *
 * <p>Confined to the flow's event loop.
 */
final class FlowAccounting {
    /** Bits in which a header may differ from that of a probe that is in flight. */
    private static final int ALMOST_BITS = 16;

    private final Probe probe;
    private final ProbeSizes sizes;
    private final long timeoutNs;
    private final LoopBuffers buffers;
    private final Flow.Events events;
    private final ProbeLedger ledger;
    private final int train;

    /** True if the kernel takes what is queued at a time that nobody sees. */
    private final boolean unseen;

    private final boolean stream;

    /** True if several probes may leave as one message, so that the queue does not count them. */
    private final boolean joined;

    /** Probes that are queued: they have not left, as far as is known. */
    private int queued;

    /** The queued probes since the last flush. */
    private int unflushed;

    /** The first of them. */
    private long firstUnflushed;

    /** When the queue was last looked at. */
    private long lookedNs;

    /** The first probe of the measured phase; written once, on the event loop. */
    private long firstMeasured = Long.MAX_VALUE;

    /** The measured phase of this flow; made before it, since memory takes time to get. */
    private final FlowStats measured = new FlowStats();

    private boolean hasMeasured;

    /** The lost probes of the phase by the classes of their sizes; made for the first. */
    private long[] lostBySize;

    FlowAccounting(FlowConfig config, LoopBuffers buffers, Flow.Events events) {
        this.probe = config.probe();
        this.sizes = config.sizes();
        this.timeoutNs = config.timeoutNs();
        this.buffers = buffers;
        this.events = events;
        this.ledger = new ProbeLedger(config.remembered());
        this.train = config.train();
        this.unseen = config.transport() == Transport.IO_URING;
        this.stream = config.protocol() == Protocol.TCP;
        this.joined = config.joinsMessages();
    }

    /** Enters a probe that is queued to leave, and appends its bytes; returns the buffer. */
    ByteBuf send(ByteBuf out, long intendedNs, boolean measured) {
        long queuedNs = System.nanoTime();
        long sequence = ledger.send(intendedNs, queuedNs);
        ProbeStats stats = begin(sequence, measured);
        int bytes = sizes.bytes(sequence);
        stats.countSent(bytes);
        if (unflushed == 0) {
            firstUnflushed = sequence;
        }
        queued++;
        unflushed++;
        probe.write(out, sequence, intendedNs, queuedNs, bytes);
        return out;
    }

    /**
     * Hands the queued probes to the kernel, and notes the time before it as that at which they
     * left. What finds no room stays queued, and leaves later: {@link #look} notices.
     */
    void flush(ChannelHandlerContext ctx) {
        look(ctx);
        unflushed = 0;
        lookedNs = System.nanoTime();
        ctx.flush();
        left(ctx, lookedNs, firstUnflushed);
    }

    /**
     * Notices the probes that had to wait for room and left meanwhile. Their time is that of the
     * last look, or of the round of I/O in which it was if the loop tells {@link
     * LoopBuffers#ready}: the last time that is known to be before the system call. On io_uring
     * that is when it was queued: it leaves the queue when its completion is seen, which may be
     * together with the reply.
     */
    void look(ChannelHandlerContext ctx) {
        if (queued > unflushed) {
            long beforeNs = buffers.readyNs() - lookedNs > 0 ? buffers.readyNs() : lookedNs;
            left(ctx, beforeNs, ledger.next());
            lookedNs = System.nanoTime();
        }
    }

    /** Notes what has left; of that, the probes before {@code fresh} had to wait for room. */
    private void left(ChannelHandlerContext ctx, long nowNs, long fresh) {
        ChannelOutboundBuffer queue = ctx.channel().unsafe().outboundBuffer();
        if (queue == null) {
            return; // closed: these never leave
        }
        int messages = queue.size() - (queue.currentProgress() > 0 ? 1 : 0);
        if (joined && messages > 0) {
            return; // they have left for certain when the queue is empty
        }
        for (int leaving = queued - unflushed - messages * train; leaving > 0; leaving--) {
            queued--;
            long sequence = unseen ? ledger.leave() : ledger.leave(nowNs);
            if (sequence < 0) {
                return;
            }
            ProbeStats stats = stats(sequence);
            if (ledger.knowsTimes(sequence)) {
                // A stream has no room as long as the peer does not read: that wait is the peer's.
                boolean held = stream && sequence < fresh;
                stats.recordLateness(
                        held
                                ? Probe.lateNs(ledger.late(sequence))
                                : ledger.sentNs(sequence) - ledger.intendedNs(sequence));
            }
            if (ledger.isSettled(sequence)) {
                stats.countUnsent(-1); // given up before it left
            }
        }
    }

    /** Enters a probe that cannot leave. */
    void skip(Flow flow, long intendedNs, boolean measured) {
        long sequence = ledger.skip(intendedNs);
        ProbeStats stats = begin(sequence, measured);
        stats.countSent(sizes.bytes(sequence));
        stats.countUnsent(1);
        lost(sequence, 1);
        missed(flow, sequence, intendedNs);
    }

    /** Notes that the kernel did not send so many that were entered. */
    void unsent(int probes) {
        buffers.current().countUnsent(probes);
    }

    /** Enters a datagram, whose header names its probe. */
    void replied(Flow flow, ByteBuf in) {
        int at = in.readerIndex();
        int bytes = in.readableBytes();
        Probe.Judgement judgement = probe.judge(in, at, bytes);
        boolean named = judgement != Probe.Judgement.FOREIGN;
        long sequence = named ? Probe.sequence(in, at) : -1;
        if (!named || !ledger.knows(sequence)) {
            long almost = almost(in, at, bytes);
            if (almost < 0) {
                foreign(flow, bytes);
            } else {
                corrupted(flow, almost, bytes);
            }
        } else if (judgement == Probe.Judgement.CORRUPT || bytes != sizes.bytes(sequence)) {
            corrupted(flow, ofHeader(sequence, in, at, bytes), bytes);
        } else {
            intact(flow, sequence, in, at, bytes);
        }
    }

    /**
     * Returns the probe whose reply this is, which names one: perhaps another, if it was damaged.
     */
    private long ofHeader(long named, ByteBuf in, int at, int bytes) {
        if (bytes < Probe.HEADER_BYTES
                || ledger.knowsTimes(named) && isAlmost(named, in, at, bytes)) {
            return named;
        }
        long almost = almost(in, at, bytes);
        return almost < 0 ? named : almost;
    }

    /**
     * Returns the probe in flight whose header this almost is; -1 for none. A reply that is late
     * from another run differs in about half of the bits of its run and its check.
     */
    private long almost(ByteBuf in, int at, int bytes) {
        if (bytes < Probe.HEADER_BYTES
                || probe.difference(in, at) > ALMOST_BITS
                || probe.isOfOthers(in, at, bytes)) {
            return -1;
        }
        for (long sequence = ledger.outstanding(0);
                sequence >= 0;
                sequence = ledger.outstanding(sequence + 1)) {
            if (isAlmost(sequence, in, at, bytes)) {
                return sequence;
            }
        }
        return -1;
    }

    private boolean isAlmost(long sequence, ByteBuf in, int at, int bytes) {
        long intendedNs = ledger.intendedNs(sequence);
        int late = ledger.late(sequence);
        return sizes.bytes(sequence) == bytes
                && probe.difference(in, at, sequence, intendedNs, late, bytes) <= ALMOST_BITS;
    }

    /** Enters the bytes that stand in a stream where the reply to this probe must be. */
    void replied(Flow flow, ByteBuf in, int at, long sequence) {
        int bytes = sizes.bytes(sequence);
        if (probe.judge(in, at, bytes) == Probe.Judgement.INTACT
                && Probe.sequence(in, at) == sequence) {
            intact(flow, sequence, in, at, bytes);
        } else {
            corrupted(flow, sequence, bytes);
        }
    }

    /** Tells whether these are the first bytes of a probe; its name alone if it was given up. */
    boolean isBeginning(ByteBuf in, long sequence) {
        boolean timed = ledger.knowsTimes(sequence);
        long intendedNs = timed ? ledger.intendedNs(sequence) : 0;
        long queuedNs = timed ? intendedNs + Probe.lateNs(ledger.late(sequence)) : 0;
        int bytes = sizes.bytes(sequence);
        ByteBuf whole = in.alloc().buffer(bytes);
        try {
            probe.write(whole, sequence, intendedNs, queuedNs, bytes);
            int known = timed ? in.readableBytes() : Probe.NAME_BYTES;
            int length = Math.min(in.readableBytes(), known);
            return ByteBufUtil.equals(in, in.readerIndex(), whole, 0, length);
        } finally {
            whole.release();
        }
    }

    /** Tells whether the time of a probe that is in flight has passed. */
    boolean isOverdue(long sequence, long nowNs) {
        return ledger.knowsTimes(sequence) && nowNs - timeoutNs - ledger.intendedNs(sequence) > 0;
    }

    /** Enters a reply that names no probe of this flow; it counts when it comes. */
    void foreign(Flow flow, int bytes) {
        buffers.current().countForeign();
        events.replied(flow, Flow.Kind.FOREIGN, -1, bytes, -1);
    }

    /** Gives up the probes that should have left a timeout ago. */
    void expire(Flow flow, long nowNs) {
        for (long sequence = ledger.expire(nowNs - timeoutNs);
                sequence >= 0;
                sequence = ledger.expire(nowNs - timeoutNs)) {
            expired(flow, sequence);
        }
    }

    /** Gives up all probes that are in flight: no reply can come. */
    void giveUp(Flow flow) {
        for (long sequence = ledger.giveUp(); sequence >= 0; sequence = ledger.giveUp()) {
            expired(flow, sequence);
        }
    }

    private void expired(Flow flow, long sequence) {
        stats(sequence).countExpired(1);
        if (ledger.isWaiting(sequence)) {
            stats(sequence).countUnsent(1);
        }
        lost(sequence, 1);
        missed(flow, sequence, ledger.lastIntendedNs(sequence));
        events.expired(flow, sequence);
    }

    /** Tells that a probe of the measured phase was not answered in time; once for each. */
    private void missed(Flow flow, long sequence, long intendedNs) {
        if (sequence >= firstMeasured) {
            measured.missed(intendedNs);
            events.missed(flow, sequence, intendedNs);
        }
    }

    /** Counts a probe of the measured phase that is given up, or whose reply comes after that. */
    private void lost(long sequence, int change) {
        if (sequence >= firstMeasured && sizes.classes().count() > 1) {
            if (lostBySize == null) {
                lostBySize = new long[sizes.classes().count()];
            }
            lostBySize[sizes.classes().of(sequence)] += change;
        }
    }

    /** Counts the probes of the measured phase that are in flight. */
    int measuredInFlight() {
        int count = 0;
        for (long sequence = ledger.outstanding(firstMeasured);
                sequence >= 0;
                sequence = ledger.outstanding(sequence + 1)) {
            count++;
        }
        return count;
    }

    ProbeLedger ledger() {
        return ledger;
    }

    int bytes(long sequence) {
        return sizes.bytes(sequence);
    }

    private void intact(Flow flow, long sequence, ByteBuf in, int at, int bytes) {
        long nowNs = buffers.readNs();
        boolean inOrder = ledger.inOrder(sequence);
        long sentNs =
                ledger.knowsTimes(sequence) ? ledger.sentNs(sequence) : Probe.queuedNs(in, at);
        ProbeLedger.Answer answer = ledger.answer(sequence);
        if (answer == ProbeLedger.Answer.UNKNOWN) {
            foreign(flow, bytes);
            return;
        }
        ProbeStats stats = stats(sequence);
        long serviceNs = nowNs - sentNs;
        if (answer == ProbeLedger.Answer.DUPLICATE) {
            stats.countDuplicated();
            events.replied(flow, Flow.Kind.DUPLICATED, sequence, bytes, serviceNs);
            return;
        }
        long latencyNs = nowNs - Probe.intendedNs(in, at);
        stats.recordReply(bytes, latencyNs, serviceNs);
        if (buffers.inPhase(nowNs)) {
            buffers.measured().countInPhase();
        }
        if (!inOrder) {
            stats.countReordered();
        }
        if (answer == ProbeLedger.Answer.FIRST_AFTER_EXPIRY) {
            stats.countExpired(-1);
            lost(sequence, -1);
        }
        Flow.Kind kind = latencyNs > timeoutNs ? Flow.Kind.LATE : Flow.Kind.RECEIVED;
        long intendedNs = Probe.intendedNs(in, at);
        flowStats(sequence).replied(intendedNs, latencyNs, nowNs, kind == Flow.Kind.LATE);
        if (kind == Flow.Kind.LATE) {
            stats.countLate();
            if (answer == ProbeLedger.Answer.FIRST) { // else it has expired, and was missed then
                missed(flow, sequence, intendedNs);
            }
        }
        events.replied(flow, kind, sequence, bytes, serviceNs);
    }

    /** Enters a reply, or what came of it, that is not as its probe was sent. */
    void corrupted(Flow flow, long sequence, int bytes) {
        stats(sequence).countCorrupted();
        events.replied(flow, Flow.Kind.CORRUPTED, sequence, bytes, -1);
    }

    private ProbeStats begin(long sequence, boolean isMeasured) {
        if (isMeasured && firstMeasured == Long.MAX_VALUE) {
            firstMeasured = sequence;
            hasMeasured = true;
            measured.startAt(buffers.phaseStartNs());
        }
        return stats(sequence);
    }

    /** Ends the measured phase: what still comes is not counted in it. */
    Optional<FlowStats> takeStats() {
        if (firstMeasured != Long.MAX_VALUE) {
            measured.setSent(ledger.next() - firstMeasured);
            endSizes();
        }
        firstMeasured = Long.MAX_VALUE;
        return hasMeasured ? Optional.of(measured) : Optional.empty();
    }

    private void endSizes() {
        SizeClasses classes = sizes.classes();
        if (classes.count() > 1) {
            long[] flying = new long[classes.count()];
            for (long sequence = ledger.outstanding(firstMeasured);
                    sequence >= 0;
                    sequence = ledger.outstanding(sequence + 1)) {
                flying[classes.of(sequence)]++;
            }
            long[] lost = lostBySize == null ? new long[flying.length] : lostBySize;
            measured.setSizes(classes.count(firstMeasured, ledger.next()), lost, flying);
        }
    }

    private ProbeStats stats(long sequence) {
        return sequence >= firstMeasured ? buffers.measured() : buffers.discarded();
    }

    /** Returns where to enter a reply: in the warm-up too, so that its code is compiled by then. */
    private FlowStats flowStats(long sequence) {
        return sequence >= firstMeasured ? measured : buffers.discardedFlow();
    }
}
