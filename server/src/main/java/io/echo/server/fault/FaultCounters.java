package io.echo.server.fault;

import io.echo.server.fault.fate.ConnectionFault;
import io.echo.server.fault.fate.DatagramFault;
import io.echo.server.fault.fate.FaultRecord;
import io.echo.server.metrics.LoopCounters;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * The counters of one port. Its loop writes, any thread reads.
 *
 * @param loop what every port counts, in the counters of the port's own loop
 * @param faults what was done
 * @param own the rest
 */
record FaultCounters(LoopCounters loop, FaultRecord faults, AtomicLongArray own) {
    /** Counters that only ports that misbehave have. */
    enum Own {
        UNTRUSTED_DATAGRAMS,
        UNTRUSTED_CONNECTIONS,
        STREAM_RECEIVED_BYTES,
        STREAM_SENT_BYTES,
        STREAM_DROPPED_BYTES
    }

    static FaultCounters of(LoopCounters loop) {
        return new FaultCounters(loop, new FaultRecord(), new AtomicLongArray(Own.values().length));
    }

    /** Adds to a counter. On the loop. */
    void add(Own counter, long n) {
        own.lazySet(counter.ordinal(), own.get(counter.ordinal()) + n);
    }

    long get(Own counter) {
        return own.get(counter.ordinal());
    }

    /** Returns a copy: on the loop, of one moment. */
    FaultSnapshot copy() {
        Map<DatagramFault, Long> datagrams = new EnumMap<>(DatagramFault.class);
        for (DatagramFault fault : DatagramFault.values()) {
            datagrams.put(fault, faults.of(fault));
        }
        Map<ConnectionFault, Long> connections = new EnumMap<>(ConnectionFault.class);
        for (ConnectionFault fault : ConnectionFault.values()) {
            connections.put(fault, faults.of(fault));
        }
        Map<Own, Long> rest = new EnumMap<>(Own.class);
        for (Own counter : Own.values()) {
            rest.put(counter, get(counter));
        }
        return new FaultSnapshot(loop.copy(), datagrams, connections, rest);
    }
}
