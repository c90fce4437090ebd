package io.echo.server.metrics;

import java.util.Optional;

/**
 * Everything the server counts, each with its kind, its metric, its reason and its meaning.
 *
 * <p>For datagrams and bytes, received = echoed + dropped + pending; for connections, accepted =
 * closed + open. A value that also falls (pending, open) is a {@link Kind#GAUGE}.
 */
public enum Counter {
    UDP_RECEIVED("echo_udp_datagrams_received_total", "Datagrams read from the sockets."),
    UDP_RECEIVED_BYTES("echo_udp_bytes_received_total", "Payload of the datagrams read."),
    UDP_ECHOED("echo_udp_datagrams_echoed_total", "Datagrams handed back to the kernel."),
    UDP_ECHOED_BYTES("echo_udp_bytes_echoed_total", "Payload of the datagrams handed back."),
    UDP_PENDING(
            Kind.GAUGE,
            "echo_udp_datagrams_pending",
            "Datagrams that wait for room in a send buffer."),
    UDP_PENDING_BYTES(Kind.GAUGE, "echo_udp_bytes_pending", "Payload of the datagrams that wait."),

    TCP_RECEIVED_BYTES("echo_tcp_bytes_received_total", "Bytes read from connections."),
    TCP_ECHOED_BYTES("echo_tcp_bytes_echoed_total", "Bytes handed back to the kernel."),
    TCP_PENDING_BYTES(
            Kind.GAUGE, "echo_tcp_bytes_pending", "Bytes that wait for room in a send buffer."),
    TCP_DROPPED_CLOSED(
            "echo_tcp_bytes_dropped_total", "closed", "Bytes unsent when their connection ended."),

    TCP_ACCEPTED("echo_tcp_connections_accepted_total", "Connections admitted."),
    TCP_OPEN(Kind.GAUGE, "echo_tcp_connections_open", "Connections that are open."),
    TCP_CLOSING(
            Kind.GAUGE,
            "echo_tcp_connections_closing",
            "Open connections that are finished, and not yet acknowledged by the peer."),
    TCP_CLOSED_PEER(
            "echo_tcp_connections_closed_total", "peer", "Ended by the peer, everything echoed."),
    TCP_CLOSED_RESET("echo_tcp_connections_closed_total", "reset", "Reset by the peer, or broken."),
    TCP_CLOSED_IDLE(
            "echo_tcp_connections_closed_total", "idle", "Silent for longer than --idle-timeout."),
    TCP_CLOSED_HALF_CLOSED(
            "echo_tcp_connections_closed_total",
            "half_closed",
            "The peer had finished sending, and nothing moved for --half-closed-timeout."),
    TCP_CLOSED_STALLED(
            "echo_tcp_connections_closed_total",
            "stalled",
            "Took no byte for longer than --stall-timeout."),
    TCP_CLOSED_DRAINED("echo_tcp_connections_closed_total", "drained", "Ended by our own stop."),
    TCP_REJECTED_LIMIT(
            Kind.REJECT, "echo_tcp_connections_rejected_total", "limit", "over --max-connections"),
    TCP_REJECTED_SOURCE(
            Kind.REJECT,
            "echo_tcp_connections_rejected_total",
            "source",
            "over --max-connections-per-source"),
    TCP_REJECTED_RATE(
            Kind.REJECT, "echo_tcp_connections_rejected_total", "rate", "over --accept-rate"),
    TCP_REJECTED_DENIED(
            Kind.REJECT,
            "echo_tcp_connections_rejected_total",
            "denied",
            "outside --allow, or inside --deny, or of the family that the listener leaves alone"),
    TCP_REJECTED_PROXY(
            Kind.REJECT,
            "echo_tcp_connections_rejected_total",
            "proxy",
            "of a balancer in --proxy-from, without a whole and right PROXY header in time"),

    UDP_DROPPED_SOURCE_PORT(
            Kind.DROP,
            "echo_udp_datagrams_dropped_total",
            "source_port",
            "from a port that no client uses: 0, below 1024, a reflector's, or our own; see"
                    + " --allow-source-ports"),
    UDP_DROPPED_SOURCE_PORT_BYTES(
            "echo_udp_bytes_dropped_total", "source_port", "Payload of the dropped datagrams."),
    UDP_DROPPED_SOURCE_ADDRESS(
            Kind.DROP,
            "echo_udp_datagrams_dropped_total",
            "source_address",
            "from a multicast, broadcast or unspecified address"),
    UDP_DROPPED_SOURCE_ADDRESS_BYTES(
            "echo_udp_bytes_dropped_total", "source_address", "Payload of the dropped datagrams."),
    UDP_DROPPED_DENIED(
            Kind.DROP,
            "echo_udp_datagrams_dropped_total",
            "denied",
            "outside --allow, or inside --deny"),
    UDP_DROPPED_DENIED_BYTES(
            "echo_udp_bytes_dropped_total", "denied", "Payload of the dropped datagrams."),
    UDP_DROPPED_PROXY(
            Kind.DROP,
            "echo_udp_datagrams_dropped_total",
            "proxy",
            "of a balancer in --proxy-from, without a whole and right PROXY header of version 2"),
    UDP_DROPPED_PROXY_BYTES(
            "echo_udp_bytes_dropped_total", "proxy", "Payload of the dropped datagrams."),
    UDP_DROPPED_SIZE(Kind.DROP, "echo_udp_datagrams_dropped_total", "size", "over --max-datagram"),
    UDP_DROPPED_SIZE_BYTES(
            "echo_udp_bytes_dropped_total", "size", "Payload of the dropped datagrams."),
    UDP_DROPPED_RATE(Kind.DROP, "echo_udp_datagrams_dropped_total", "rate", "over --udp-rate"),
    UDP_DROPPED_RATE_BYTES(
            "echo_udp_bytes_dropped_total", "rate", "Payload of the dropped datagrams."),
    UDP_DROPPED_BYTES_RATE(
            Kind.DROP, "echo_udp_datagrams_dropped_total", "bytes_rate", "over --udp-bytes-rate"),
    UDP_DROPPED_BYTES_RATE_BYTES(
            "echo_udp_bytes_dropped_total", "bytes_rate", "Payload of the dropped datagrams."),
    UDP_DROPPED_SEND(
            Kind.DROP,
            "echo_udp_datagrams_dropped_total",
            "send",
            "the kernel refused the reply: no route, a filter, no memory"),
    UDP_DROPPED_SEND_BYTES(
            "echo_udp_bytes_dropped_total", "send", "Payload of the dropped datagrams."),
    UDP_DROPPED_CLOSED(
            Kind.DROP,
            "echo_udp_datagrams_dropped_total",
            "closed",
            "unsent when their socket closed"),
    UDP_DROPPED_CLOSED_BYTES(
            "echo_udp_bytes_dropped_total", "closed", "Payload of the dropped datagrams.");

    /** The ways in which a counter counts. */
    public enum Kind {
        /** Only grows, and is not logged. */
        TOTAL,
        /** Counts what is there now, and falls again. */
        GAUGE,
        /** Counts datagrams that get no answer, and so warns in the log. */
        DROP,
        /** Counts connections that are reset at once, and so warns in the log. */
        REJECT
    }

    private final Kind kind;
    private final String metric;
    private final String reason;
    private final String cause;
    private final String help;

    Counter(String metric, String help) {
        this(Kind.TOTAL, metric, "", "", help);
    }

    Counter(String metric, String reason, String help) {
        this(Kind.TOTAL, metric, reason, "", help);
    }

    Counter(Kind kind, String metric, String help) {
        this(kind, metric, "", "", help);
    }

    /** Makes a drop or a rejection; its help is the cause as a sentence. */
    Counter(Kind kind, String metric, String reason, String cause) {
        this(
                kind,
                metric,
                reason,
                cause,
                Character.toUpperCase(cause.charAt(0))
                        + cause.substring(1)
                        + (kind == Kind.REJECT ? ": reset." : "."));
    }

    Counter(Kind kind, String metric, String reason, String cause, String help) {
        this.kind = kind;
        this.metric = metric;
        this.reason = reason;
        this.cause = cause;
        this.help = help;
    }

    /** Returns the way in which this counts. */
    public Kind kind() {
        return kind;
    }

    /** Returns the Prometheus name, which the reasons of one metric share. */
    public String metric() {
        return metric;
    }

    /** Returns the value of the label {@code reason}. */
    public Optional<String> reason() {
        return reason.isEmpty() ? Optional.empty() : Optional.of(reason);
    }

    /**
     * Returns the cause of a drop or a rejection with its flag: {@code over --udp-rate}; else
     * empty.
     */
    public String cause() {
        return cause;
    }

    /** Returns the help text of the metric. */
    public String help() {
        return help;
    }
}
