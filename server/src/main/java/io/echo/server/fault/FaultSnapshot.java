package io.echo.server.fault;

import io.echo.server.fault.fate.ConnectionFault;
import io.echo.server.fault.fate.DatagramFault;
import io.echo.server.metrics.Counter;
import java.util.Locale;
import java.util.Map;
import java.util.StringJoiner;

/** The counters of one port at one moment. */
record FaultSnapshot(
        long[] loop,
        Map<DatagramFault, Long> datagrams,
        Map<ConnectionFault, Long> connections,
        Map<FaultCounters.Own, Long> own) {
    long of(Counter counter) {
        return loop[counter.ordinal()];
    }

    /**
     * Lists the counters that are not 0, for the last line of the log: what was received and sent,
     * the faults (those of connections after {@code tcp_}), the rest by the names of the counters.
     */
    @Override
    public String toString() {
        StringJoiner counted = new StringJoiner(" ");
        add(counted, "received", of(Counter.UDP_RECEIVED));
        add(counted, "sent", of(Counter.UDP_ECHOED));
        datagrams.forEach((fault, n) -> add(counted, fault.toString(), n));
        for (Counter counter : Counter.values()) {
            if (counter != Counter.UDP_RECEIVED && counter != Counter.UDP_ECHOED) {
                add(counted, lower(counter), of(counter));
            }
        }
        connections.forEach((fault, n) -> add(counted, "tcp_" + fault, n));
        own.forEach((counter, n) -> add(counted, lower(counter), n));
        return counted.length() == 0 ? "nothing came in" : counted.toString();
    }

    private static String lower(Enum<?> counter) {
        return counter.name().toLowerCase(Locale.ROOT);
    }

    private static void add(StringJoiner counted, String name, long n) {
        if (n != 0) {
            counted.add(name + "=" + n);
        }
    }

    /** Returns the bytes of connections that were read and have neither left nor been dropped. */
    long pendingBytes() {
        return own.get(FaultCounters.Own.STREAM_RECEIVED_BYTES)
                - own.get(FaultCounters.Own.STREAM_SENT_BYTES)
                - own.get(FaultCounters.Own.STREAM_DROPPED_BYTES);
    }
}
