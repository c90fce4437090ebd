package io.echo.client.mtu;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The findings about one address. Sizes are bytes of UDP payload unless they say otherwise.
 *
 * @param local where the datagrams that were measured came from
 * @param ports that were asked before one of them was measured
 * @param largest of those that came back whole with fragments forbidden; empty when none did
 * @param reason why larger ones do not; empty when nothing came back, when they come back corrupt,
 *     or when it was stopped before that was known
 * @param byInterface true when the limit is the interface's own MTU; only with {@link Reason#TOLD}
 * @param pathMtu bytes of an IP packet, as the kernel knows the path at the end; empty over nio
 * @param loopback true when what is sent does not leave this host
 * @param interfaceMtu bytes of an IP packet that the interface takes; empty if it is not known
 * @param passesFragmented the largest of a few sizes that came back whole with fragments allowed;
 *     empty when none larger than {@code largest} did, or when it was not tried
 * @param cutTo bytes to which the echo cuts larger ones
 * @param corruptLarger true when larger ones come back, but with other bytes than were sent
 * @param counts of datagrams
 * @param took the whole measurement
 * @param interrupted true when it was stopped early
 * @param gone true when the echo stopped to answer while it was measured
 * @param problem what the kernel said last about datagrams that did not leave or arrive
 */
public record MtuResult(
        InetSocketAddress remote,
        InetSocketAddress local,
        Ports ports,
        OptionalInt largest,
        Optional<Reason> reason,
        boolean byInterface,
        OptionalInt pathMtu,
        boolean loopback,
        OptionalInt interfaceMtu,
        OptionalInt passesFragmented,
        OptionalInt cutTo,
        boolean corruptLarger,
        Counts counts,
        Duration took,
        boolean interrupted,
        boolean gone,
        Optional<Throwable> problem) {

    /**
     * Local ports that small datagrams were sent from. Immutable.
     *
     * @param asked 1, or several when the first got no answer
     * @param silent those that got none
     */
    public record Ports(int asked, List<Integer> silent) {
        public Ports {
            silent = List.copyOf(silent);
        }
    }

    /**
     * Counts of datagrams, of all sizes, with fragments forbidden and allowed.
     *
     * @param tries datagrams that were sent
     * @param received those that came back whole
     * @param smallSent those among them that were small, sent beside the others to know the loss
     * @param smallReceived of the small ones, with fragments forbidden
     * @param corrupted replies of which a byte differed
     */
    public record Counts(
            int tries, int received, int smallSent, int smallReceived, int corrupted) {}

    /** Tells if the addresses are those of IPv4. */
    public boolean ipv4() {
        return PathSocket.isIpv4(remote);
    }

    /** Returns the bytes of the IP packet that carries so much payload in one piece. */
    public int packetBytes(int payload) {
        return payload + PathSocket.headerBytes(ipv4());
    }
}
