package io.echo.server.loop;

import io.echo.server.config.Addresses;
import io.echo.server.config.Budget;
import java.io.IOException;
import java.io.Serial;
import java.net.BindException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;

/** An address that could not be bound, with the reason in the words of the command line. */
public final class BindFailure extends IOException {
    @Serial private static final long serialVersionUID = 1L;

    /** Why; what a caller does next hangs on it. */
    public enum Reason {
        /** Another socket has the port: an error, or the next try when the port was 0. */
        PORT_IN_USE,
        /** No interface has the address (or not yet: an IPv6 address may still be tentative). */
        ADDRESS_NOT_OURS,
        /** Anything else, such as a port below 1024 without the right to it. */
        REFUSED
    }

    private final Reason reason;

    private BindFailure(Reason reason, String message, Throwable cause) {
        super(message, cause);
        this.reason = reason;
    }

    /**
     * Finds out why a bind failed.
     *
     * <p>The texts of system errors differ by transport, platform and language, so a second bind to
     * the same address with a free port tells whether address or port is at fault.
     *
     * @param where {@code --} and the start of the flags' names: {@code ""} or {@code admin-}
     */
    public static BindFailure of(
            Throwable cause, String what, InetSocketAddress address, String where) {
        if (cause instanceof OutOfMemoryError e) {
            return new BindFailure(Reason.REFUSED, Budget.exhausted(e), cause);
        }
        String text = Addresses.text(address.getAddress());
        String message = String.valueOf(cause.getMessage());
        // The first two texts also catch an address that has become ours since: tentative no more.
        if (message.contains("(-99)")
                || message.contains("Cannot assign")
                || !isOurs(address.getAddress())) {
            return new BindFailure(
                    Reason.ADDRESS_NOT_OURS,
                    "--" + where + "host must be an address of this machine, got " + text,
                    cause);
        }
        boolean privileged = address.getPort() > 0 && address.getPort() < 1_024;
        if (message.contains("in use")
                || message.contains("(-98)")
                || cause instanceof BindException && !privileged) {
            return new BindFailure(
                    Reason.PORT_IN_USE,
                    "--"
                            + where
                            + "port must be free, got "
                            + address.getPort()
                            + ", which is in use ("
                            + what
                            + " "
                            + text
                            + ")",
                    cause);
        }
        return new BindFailure(
                Reason.REFUSED,
                "--"
                        + where
                        + "port must be one that this user may bind, got "
                        + address.getPort()
                        + " ("
                        + what
                        + " "
                        + text
                        + ": "
                        + message
                        + ")",
                cause);
    }

    public Reason reason() {
        return reason;
    }

    /** Whether a socket can be bound to this address; also where there is none left to try with. */
    public static boolean isOurs(InetAddress address) {
        try (DatagramSocket probe = new DatagramSocket(new InetSocketAddress(address, 0))) {
            return probe.isBound();
        } catch (BindException e) {
            return false;
        } catch (SocketException e) {
            return true; // No descriptors left, for one: that is not the address's fault.
        }
    }
}
