package io.echo.client.mtu;

import io.echo.net.Protocol;
import io.echo.net.Target;

/** Points to {@code mtu} where datagrams may be too large for their path. */
public final class SizeAdvice {
    /**
     * Bytes of a datagram that every path takes in one piece: IPv6 promises 1,280 with its headers
     * (RFC 8200, 5).
     */
    private static final int ALWAYS_PASSES = 1_200;

    private SizeAdvice() {}

    /** Tells whether a path may be too narrow for datagrams of this size. */
    public static boolean isSuspect(Target target, int bytes) {
        return isSuspect(target.protocol(), bytes);
    }

    /** Tells whether a path may be too narrow for probes of this size over a protocol. */
    public static boolean isSuspect(Protocol protocol, int bytes) {
        return protocol == Protocol.UDP && bytes > ALWAYS_PASSES;
    }

    /** Returns the command that finds the size that passes to an address such as udp://host:7. */
    public static String command(String target) {
        return "echo-client mtu " + target;
    }

    /** Returns the sentence for datagrams of this size of which none came back. */
    public static String sentence(Target target, int bytes) {
        return "datagrams of "
                + bytes
                + " bytes do not come back; "
                + command(target.toString())
                + " finds the size that does";
    }
}
