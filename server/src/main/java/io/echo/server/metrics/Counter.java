package io.echo.server.metrics;

import java.util.Optional;

/**
 * Everything the server counts, by name, reason and meaning: the catalogue is the code.
 *
 * <p>received = echoed + dropped + pending, for datagrams and for bytes; accepted = closed + open,
 * for connections. What only stands now instead of growing (pending, open) is a {@link #gauge}.
 */
public enum Counter {
    UDP_RECEIVED("echo_udp_datagrams_received_total", "Datagrams read from the sockets."),
    UDP_RECEIVED_BYTES("echo_udp_bytes_received_total", "Payload of the datagrams read."),
    UDP_ECHOED("echo_udp_datagrams_echoed_total", "Datagrams that the kernel has taken back."),
    UDP_ECHOED_BYTES("echo_udp_bytes_echoed_total", "Payload of the datagrams taken back."),
    UDP_PENDING("echo_udp_datagrams_pending", "Datagrams that wait for room in a send buffer."),
    UDP_PENDING_BYTES("echo_udp_bytes_pending", "Payload of the datagrams that wait."),

    TCP_RECEIVED_BYTES("echo_tcp_bytes_received_total", "Bytes read from connections."),
    TCP_ECHOED_BYTES("echo_tcp_bytes_echoed_total", "Bytes that the kernel has taken back."),
    TCP_PENDING_BYTES("echo_tcp_bytes_pending", "Bytes that wait for room in a send buffer."),
    TCP_DROPPED_CLOSED(
            "echo_tcp_bytes_dropped_total", "closed", "Bytes unsent when their connection ended."),

    TCP_ACCEPTED("echo_tcp_connections_accepted_total", "Connections taken on."),
    TCP_OPEN("echo_tcp_connections_open", "Connections that are open."),
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
            "echo_tcp_connections_rejected_total", "limit", "Over --max-connections: reset."),
    TCP_REJECTED_SOURCE(
            "echo_tcp_connections_rejected_total",
            "source",
            "Over --max-connections-per-source: reset."),
    TCP_REJECTED_RATE("echo_tcp_connections_rejected_total", "rate", "Over --accept-rate: reset."),
    TCP_REJECTED_DENIED(
            "echo_tcp_connections_rejected_total",
            "denied",
            "Outside --allow, or inside --deny, or of the family that the listener leaves alone:"
                    + " reset."),

    UDP_DROPPED_SOURCE_PORT(
            "echo_udp_datagrams_dropped_total",
            "source_port",
            "From a port that no client uses: 0, below 1024, a reflector's, or our own."),
    UDP_DROPPED_SOURCE_PORT_BYTES(
            "echo_udp_bytes_dropped_total", "source_port", "Payload of the dropped."),
    UDP_DROPPED_SOURCE_ADDRESS(
            "echo_udp_datagrams_dropped_total",
            "source_address",
            "From a multicast, broadcast or unspecified address."),
    UDP_DROPPED_SOURCE_ADDRESS_BYTES(
            "echo_udp_bytes_dropped_total", "source_address", "Payload of the dropped."),
    UDP_DROPPED_DENIED(
            "echo_udp_datagrams_dropped_total", "denied", "Outside --allow, or inside --deny."),
    UDP_DROPPED_DENIED_BYTES("echo_udp_bytes_dropped_total", "denied", "Payload of the dropped."),
    UDP_DROPPED_SIZE("echo_udp_datagrams_dropped_total", "size", "Over --max-datagram."),
    UDP_DROPPED_SIZE_BYTES("echo_udp_bytes_dropped_total", "size", "Payload of the dropped."),
    UDP_DROPPED_RATE("echo_udp_datagrams_dropped_total", "rate", "Over --udp-rate."),
    UDP_DROPPED_RATE_BYTES("echo_udp_bytes_dropped_total", "rate", "Payload of the dropped."),
    UDP_DROPPED_BYTES_RATE(
            "echo_udp_datagrams_dropped_total", "bytes_rate", "Over --udp-bytes-rate."),
    UDP_DROPPED_BYTES_RATE_BYTES(
            "echo_udp_bytes_dropped_total", "bytes_rate", "Payload of the dropped."),
    UDP_DROPPED_SEND(
            "echo_udp_datagrams_dropped_total",
            "send",
            "The kernel refused the reply: no route, a filter, no memory."),
    UDP_DROPPED_SEND_BYTES("echo_udp_bytes_dropped_total", "send", "Payload of the dropped."),
    UDP_DROPPED_CLOSED(
            "echo_udp_datagrams_dropped_total", "closed", "Unsent when their socket closed."),
    UDP_DROPPED_CLOSED_BYTES("echo_udp_bytes_dropped_total", "closed", "Payload of the dropped.");

    private final String metric;
    private final String reason;
    private final String help;

    Counter(String metric, String help) {
        this(metric, "", help);
    }

    Counter(String metric, String reason, String help) {
        this.metric = metric;
        this.reason = reason;
        this.help = help;
    }

    /** The Prometheus name, shared by the reasons of one thing. */
    public String metric() {
        return metric;
    }

    /** The value of the label {@code reason}. */
    public Optional<String> reason() {
        return reason.isEmpty() ? Optional.empty() : Optional.of(reason);
    }

    public String help() {
        return help;
    }

    public boolean gauge() {
        return !metric.endsWith("_total");
    }
}
