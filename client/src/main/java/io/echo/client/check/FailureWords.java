package io.echo.client.check;

import io.echo.client.socket.FailureReason;
import io.echo.client.socket.SocketFailure;
import io.echo.net.Protocol;
import java.time.Duration;

/** Errors of sockets in the words of a firewall. */
final class FailureWords {
    /** Timeouts below this one are shorter than many paths and hosts take. */
    private static final Duration SHORT = Duration.ofMillis(300);

    private FailureWords() {}

    /** Describes an error that came from the path, before a connection or an answer. */
    static String of(CheckPlan plan, Throwable thrown) {
        boolean ipv4 = plan.path().ipv4();
        return switch (SocketFailure.of(thrown)) {
            case TIMEOUT -> "no answer to the SYN within " + plan.timeoutText() + silence(plan);
            case REFUSED ->
                    (plan.path().protocol() == Protocol.UDP
                                    ? "ICMP port unreachable"
                                    : "RST or ICMP port unreachable")
                            + ", nobody listens there or a firewall rejects";
            case UNREACHABLE ->
                    "host or network unreachable, no route, no host or a firewall prohibits";
            case NETWORK_UNREACHABLE ->
                    ipv4
                            ? "network unreachable, a router has no route or a firewall prohibits"
                            : "network unreachable, a router has no route";
            case HOST_UNREACHABLE ->
                    ipv4
                            ? "host unreachable, nobody has the address or a firewall prohibits"
                            : "host unreachable, nobody has the address";
            case PROTOCOL_UNREACHABLE ->
                    "protocol unreachable, the host does not speak " + plan.path().protocol();
            case PROHIBITED -> "prohibited, a router or a firewall forbids it";
            case FILTERED_HERE -> "prohibited, this machine's own firewall forbids it";
            case RESET, NO_SOURCE, INVALID, WRONG_FAMILY, OTHER ->
                    FailureReason.of(plan.path().protocol(), thrown, plan.timeout());
        };
    }

    /** Describes why this machine cannot even send to an address. */
    static String unrouted(ServicePath path, Throwable thrown) {
        return switch (SocketFailure.of(thrown)) {
            case NETWORK_UNREACHABLE -> "this machine has no route there";
            case HOST_UNREACHABLE -> "this machine has an unreachable route there";
            case PROHIBITED -> "this machine has a route that prohibits it";
            case NO_SOURCE -> "this machine has no " + version(path) + " address to send from";
            case INVALID ->
                    "a blackhole route of this machine, or a link-local address without its"
                            + " interface (%eth0)";
            default -> FailureReason.of(path.protocol(), thrown, Duration.ZERO);
        };
    }

    /** Returns why nothing may have come back in time, to go on after the timeout. */
    static String silence(CheckPlan plan) {
        return ", a firewall drops or nobody is there"
                + (plan.timeout().compareTo(SHORT) < 0 ? ", or it takes longer" : "");
    }

    static String noVersion(ServicePath path) {
        return "this machine has no " + version(path);
    }

    private static String version(ServicePath path) {
        return path.ipv4() ? "IPv4" : "IPv6";
    }
}
