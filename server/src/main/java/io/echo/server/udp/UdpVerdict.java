package io.echo.server.udp;

import io.echo.server.metrics.Counter;
import io.echo.server.metrics.LoopCounters;

/** The fate of a datagram, with the counters for it and for its bytes. */
public enum UdpVerdict {
    /** Admitted; counted as echoed once the kernel has taken the reply. */
    ADMITTED(Counter.UDP_ECHOED, Counter.UDP_ECHOED_BYTES),
    /** The server's own background echo: admitted, and counted by the prober only. */
    PROBE(Counter.UDP_ECHOED, Counter.UDP_ECHOED_BYTES),
    SOURCE_PORT(Counter.UDP_DROPPED_SOURCE_PORT, Counter.UDP_DROPPED_SOURCE_PORT_BYTES),
    SOURCE_ADDRESS(Counter.UDP_DROPPED_SOURCE_ADDRESS, Counter.UDP_DROPPED_SOURCE_ADDRESS_BYTES),
    DENIED(Counter.UDP_DROPPED_DENIED, Counter.UDP_DROPPED_DENIED_BYTES),
    /** From a balancer, without a PROXY header that is whole and right. */
    PROXY(Counter.UDP_DROPPED_PROXY, Counter.UDP_DROPPED_PROXY_BYTES),
    SIZE(Counter.UDP_DROPPED_SIZE, Counter.UDP_DROPPED_SIZE_BYTES),
    RATE(Counter.UDP_DROPPED_RATE, Counter.UDP_DROPPED_RATE_BYTES),
    BYTES_RATE(Counter.UDP_DROPPED_BYTES_RATE, Counter.UDP_DROPPED_BYTES_RATE_BYTES),
    /** Admitted, but the kernel has refused the reply, or there is no memory for it to wait in. */
    SEND(Counter.UDP_DROPPED_SEND, Counter.UDP_DROPPED_SEND_BYTES),
    /** Admitted, but the socket was closed before the reply left. */
    CLOSED(Counter.UDP_DROPPED_CLOSED, Counter.UDP_DROPPED_CLOSED_BYTES);

    private final Counter datagrams;
    private final Counter bytes;

    UdpVerdict(Counter datagrams, Counter bytes) {
        this.datagrams = datagrams;
        this.bytes = bytes;
    }

    /** Returns whether the datagram is answered. */
    public boolean admits() {
        return this == ADMITTED || this == PROBE;
    }

    /** Counts datagrams and their bytes under this verdict. */
    public void count(LoopCounters counters, long datagramCount, long byteCount) {
        counters.add(datagrams, datagramCount);
        counters.add(bytes, byteCount);
    }
}
