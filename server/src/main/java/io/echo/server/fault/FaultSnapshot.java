package io.echo.server.fault;

import io.echo.server.metrics.Counter;
import java.util.Map;

/** The counters of one port at one moment. */
record FaultSnapshot(
        long[] loop,
        Map<DatagramFault, Long> datagrams,
        Map<ConnectionFault, Long> connections,
        Map<FaultCounters.Own, Long> own) {
    long of(Counter counter) {
        return loop[counter.ordinal()];
    }

    /** Returns the bytes of connections that were read and have neither left nor been dropped. */
    long pendingBytes() {
        return own.get(FaultCounters.Own.STREAM_RECEIVED_BYTES)
                - own.get(FaultCounters.Own.STREAM_SENT_BYTES)
                - own.get(FaultCounters.Own.STREAM_DROPPED_BYTES);
    }
}
