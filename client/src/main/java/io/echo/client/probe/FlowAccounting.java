package io.echo.client.probe;

import io.netty.buffer.ByteBuf;

/**
 * Counts for one flow: enters each probe and each reply in the flow's {@link ProbeLedger} and in
 * the {@link ProbeStats} of its phase, and tells the flow's listener.
 *
 * <p>Confined to the flow's event loop.
 */
final class FlowAccounting {
    private final Probe probe;
    private final ProbeSizes sizes;
    private final long timeoutNs;
    private final LoopBuffers buffers;
    private final Flow.Events events;
    private final ProbeLedger ledger;

    /** The first probe of the measured phase; written once, on the event loop. */
    private long firstMeasured = Long.MAX_VALUE;

    FlowAccounting(FlowConfig config, LoopBuffers buffers, Flow.Events events) {
        this.probe = config.probe();
        this.sizes = config.sizes();
        this.timeoutNs = config.timeoutNs();
        this.buffers = buffers;
        this.events = events;
        this.ledger = new ProbeLedger(config.remembered());
    }

    /** Enters a probe that is about to leave, and appends its bytes; returns the buffer. */
    ByteBuf send(ByteBuf out, long intendedNs, boolean measured) {
        long sequence = ledger.send(intendedNs);
        ProbeStats stats = begin(sequence, measured);
        int bytes = sizes.bytes(sequence);
        long sentNs = System.nanoTime();
        stats.countSent(bytes);
        stats.recordLateness(sentNs - intendedNs);
        probe.write(out, sequence, intendedNs, sentNs, bytes);
        return out;
    }

    /** Enters a probe that cannot leave. */
    void skip(boolean measured) {
        long sequence = ledger.skip();
        ProbeStats stats = begin(sequence, measured);
        stats.countSent(sizes.bytes(sequence));
        stats.countUnsent();
    }

    /** Enters a datagram, whose header names its probe. */
    void replied(Flow flow, ByteBuf in) {
        int at = in.readerIndex();
        int bytes = in.readableBytes();
        Probe.Judgement judgement = probe.judge(in, at, bytes);
        if (judgement == Probe.Judgement.FOREIGN) {
            foreign(flow, bytes);
            return;
        }
        long sequence = Probe.sequence(in, at);
        if (!ledger.knows(sequence)) {
            foreign(flow, bytes);
        } else if (judgement == Probe.Judgement.CORRUPT || bytes != sizes.bytes(sequence)) {
            corrupted(flow, sequence, bytes);
        } else {
            intact(flow, sequence, in, at, bytes);
        }
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

    /** Enters a reply that names no probe of this flow. */
    void foreign(Flow flow, int bytes) {
        buffers.measured().countForeign();
        events.replied(flow, Flow.Kind.FOREIGN, -1, bytes, -1);
    }

    /** Gives up the probes that should have left a timeout ago. */
    void expire(Flow flow, long nowNs) {
        for (long sequence = ledger.expire(nowNs - timeoutNs);
                sequence >= 0;
                sequence = ledger.expire(nowNs - timeoutNs)) {
            stats(sequence).countExpired(1);
            events.expired(flow, sequence);
        }
    }

    /** Gives up all probes that are in flight: no reply can come. */
    void giveUp(Flow flow) {
        for (long sequence = ledger.giveUp(); sequence >= 0; sequence = ledger.giveUp()) {
            stats(sequence).countExpired(1);
            events.expired(flow, sequence);
        }
    }

    ProbeLedger ledger() {
        return ledger;
    }

    int bytes(long sequence) {
        return sizes.bytes(sequence);
    }

    private void intact(Flow flow, long sequence, ByteBuf in, int at, int bytes) {
        long nowNs = System.nanoTime();
        boolean inOrder = ledger.inOrder(sequence);
        ProbeLedger.Answer answer = ledger.answer(sequence);
        if (answer == ProbeLedger.Answer.UNKNOWN) {
            foreign(flow, bytes);
            return;
        }
        ProbeStats stats = stats(sequence);
        long serviceNs = nowNs - Probe.sentNs(in, at);
        if (answer == ProbeLedger.Answer.DUPLICATE) {
            stats.countDuplicated();
            events.replied(flow, Flow.Kind.DUPLICATED, sequence, bytes, serviceNs);
            return;
        }
        long latencyNs = nowNs - Probe.intendedNs(in, at);
        stats.recordReply(bytes, latencyNs, serviceNs);
        if (nowNs - buffers.phaseEndNs() <= 0) {
            stats.countInPhase();
        }
        if (!inOrder) {
            stats.countReordered();
        }
        if (answer == ProbeLedger.Answer.FIRST_AFTER_EXPIRY) {
            stats.countExpired(-1);
        }
        Flow.Kind kind = latencyNs > timeoutNs ? Flow.Kind.LATE : Flow.Kind.RECEIVED;
        if (kind == Flow.Kind.LATE) {
            stats.countLate();
        }
        events.replied(flow, kind, sequence, bytes, serviceNs);
    }

    private void corrupted(Flow flow, long sequence, int bytes) {
        stats(sequence).countCorrupted();
        events.replied(flow, Flow.Kind.CORRUPTED, sequence, bytes, -1);
    }

    private ProbeStats begin(long sequence, boolean measured) {
        if (measured && firstMeasured == Long.MAX_VALUE) {
            firstMeasured = sequence;
        }
        return stats(sequence);
    }

    private ProbeStats stats(long sequence) {
        return sequence >= firstMeasured ? buffers.measured() : buffers.discarded();
    }
}
