package io.echo.server.loop;

import io.echo.cli.OneLine;
import io.echo.net.Protocol;
import io.echo.server.config.Addresses;
import java.io.IOException;
import java.io.Serial;
import java.net.BindException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.nio.channels.DatagramChannel;
import java.util.Optional;

/** An address that could not be bound. The message names the flag that helps. */
public final class BindFailure extends IOException {
    @Serial private static final long serialVersionUID = 1L;

    private static final int FIRST_UNPRIVILEGED_PORT = 1_024;

    /** The kind of failure, by which a caller decides what to do next. */
    public enum Reason {
        /** Another socket has the port: an error, or the next try when the port was 0. */
        PORT_IN_USE,
        /** No interface has the address (or not yet: an IPv6 address may still be tentative). */
        ADDRESS_NOT_OURS,
        /** Anything else, such as a port below 1024 without the right to it. */
        REFUSED
    }

    private final Reason reason;
    private final String why;

    private BindFailure(Reason reason, String why, String message, Throwable cause) {
        super(message, cause);
        this.reason = reason;
        this.why = why;
    }

    /**
     * Finds out why a socket of the echo could not be bound.
     *
     * @param portFlag names the port in the message
     */
    public static BindFailure ofEcho(
            Throwable cause, Protocol protocol, InetSocketAddress address, String portFlag) {
        String where =
                "port %d (%s %s)"
                        .formatted(
                                address.getPort(), protocol, Addresses.text(address.getAddress()));
        return of(cause, address, where, "--host", portFlag, portFlag);
    }

    /**
     * Finds out why the admin port could not be bound.
     *
     * @param echoPort the port that the echo was told, beside which the admin port is by default
     */
    public static BindFailure ofAdmin(Throwable cause, InetSocketAddress address, int echoPort) {
        boolean byDefault = address.getPort() == echoPort + 1;
        String where =
                "port "
                        + address.getPort()
                        + ", the admin port"
                        + (byDefault ? " (--port + 1)" : "");
        String other = "--admin-port, or off";
        return of(
                cause,
                address,
                where,
                "--admin-host",
                byDefault ? "--port or --admin-port" : other,
                other);
    }

    /**
     * Finds out why a bind failed.
     *
     * <p>The texts of system errors differ by transport, platform and language, so a second bind to
     * the same address with a free port tells whether address or port is at fault.
     */
    private static BindFailure of(
            Throwable cause,
            InetSocketAddress address,
            String where,
            String hostFlag,
            String ifInUse,
            String ifDenied) {
        Optional<String> shortage = Shortage.of(cause);
        if (shortage.isPresent()) {
            return new BindFailure(Reason.REFUSED, shortage.get(), shortage.get(), cause);
        }
        Throwable root = OneLine.root(cause);
        String error = OneLine.of(root);
        if (BindPlan.isV6(address.getAddress()) && !hasIpv6()) {
            String why = "IPv6 is switched off";
            String message =
                    "cannot bind %s: %s; set %s"
                            .formatted(Addresses.text(address.getAddress()), why, hostFlag);
            return new BindFailure(Reason.REFUSED, why, message, cause);
        }
        // The first two texts also catch an address that has become ours since: tentative no more.
        if (error.contains("(-99)")
                || error.contains("Cannot assign")
                || !isOurs(address.getAddress())) {
            String why = "not an address of this machine";
            String message =
                    "cannot bind %s: %s; set %s"
                            .formatted(Addresses.text(address.getAddress()), why, hostFlag);
            return new BindFailure(Reason.ADDRESS_NOT_OURS, why, message, cause);
        }
        boolean privileged = address.getPort() > 0 && address.getPort() < FIRST_UNPRIVILEGED_PORT;
        if (error.contains("in use")
                || error.contains("(-98)")
                || root instanceof BindException && !privileged) {
            String message = "cannot bind %s: in use; set %s".formatted(where, ifInUse);
            return new BindFailure(Reason.PORT_IN_USE, "port in use", message, cause);
        }
        boolean denied = error.contains("Permission denied") || error.contains("(-13)");
        String why = denied ? "permission denied" : error;
        String message = "cannot bind " + where + ": " + why + (denied ? "; set " + ifDenied : "");
        return new BindFailure(Reason.REFUSED, why, message, cause);
    }

    /**
     * Fails for an IPv6 address where IPv6 is switched off. There Netty's native transports open
     * IPv4 sockets in place of IPv6 ones, and bind those to {@code ::} without an error.
     */
    public static void requireFamily(Protocol protocol, InetSocketAddress address)
            throws BindFailure {
        if (BindPlan.isV6(address.getAddress()) && !hasIpv6()) {
            throw ofEcho(new SocketException("no IPv6"), protocol, address, "--port");
        }
    }

    /** Returns whether the JVM has IPv6: true, too, if no descriptors are left to try with. */
    private static boolean hasIpv6() {
        try (DatagramChannel probe = DatagramChannel.open(StandardProtocolFamily.INET6)) {
            return probe.isOpen();
        } catch (UnsupportedOperationException e) {
            return false;
        } catch (IOException e) {
            return true;
        }
    }

    /** Returns the kind of failure. */
    public Reason reason() {
        return reason;
    }

    /** Returns the reason in a few words, without address or flag. */
    public String why() {
        return why;
    }

    /** Tells whether a socket can be bound to this address; true when none is left to try with. */
    public static boolean isOurs(InetAddress address) {
        try (DatagramSocket probe = new DatagramSocket(new InetSocketAddress(address, 0))) {
            return probe.isBound();
        } catch (BindException e) {
            return false;
        } catch (SocketException e) {
            return true; // Perhaps no descriptors are left, which is not the address's fault.
        }
    }
}
