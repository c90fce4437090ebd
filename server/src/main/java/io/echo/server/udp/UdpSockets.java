package io.echo.server.udp;

import io.echo.server.admission.SourceRules;
import io.echo.server.loop.BindFailure;
import io.echo.server.loop.BindPlan;
import io.echo.server.loop.BindPlan.Place;
import io.netty.channel.Channel;
import java.net.InetSocketAddress;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntPredicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The bound datagram sockets, by address. Follows the interfaces as addresses come and go.
 *
 * <p>Not thread-safe: the server that owns it holds its lock.
 */
public final class UdpSockets {
    private static final Logger LOG = LoggerFactory.getLogger(UdpSockets.class);

    private final UdpBinder binder;
    private final SourceRules sources;
    private final boolean enabled;
    private final Map<Place, List<Channel>> bound = new LinkedHashMap<>();

    /** Addresses that could not be bound: each is logged once, until it is bound or gone. */
    private final Set<Place> failed = new HashSet<>();

    /** Port of every socket; 0 until the first is bound to any free one. */
    private int port;

    /**
     * Makes one without sockets.
     *
     * @param enabled false to bind none, where only TCP is served
     */
    public UdpSockets(UdpBinder binder, SourceRules sources, boolean enabled) {
        this.binder = binder;
        this.sources = sources;
        this.enabled = enabled;
    }

    /**
     * Binds every address of the plan.
     *
     * @param wantedPort 0 for any free one, the same on every address
     * @return the port that was bound
     */
    public int bind(BindPlan plan, int wantedPort) throws BindFailure {
        port = wantedPort;
        sources.setHost(plan.listed(), plan.gateways(), plan.networks());
        if (enabled) {
            for (Map.Entry<Place, Boolean> entry : plan.udp().entrySet()) {
                bind(entry.getKey(), entry.getValue());
            }
        }
        return port;
    }

    /**
     * Binds listed addresses that are new, closes the sockets of those that are gone, and binds
     * those again whose socket an error has closed: one that finds no memory to read with does so.
     *
     * @param makeRoom keeps descriptors free for so many more sockets, or returns false
     * @return whether no address waits for descriptors
     */
    public boolean follow(BindPlan plan, IntPredicate makeRoom) {
        sources.setHost(plan.listed(), plan.gateways(), plan.networks());
        if (!enabled) {
            return true;
        }
        bound.entrySet()
                .removeIf(
                        entry -> {
                            // Short of descriptors, the JDK may list an interface without its
                            // addresses.
                            boolean gone =
                                    !plan.udp().containsKey(entry.getKey())
                                            && !BindFailure.isOurs(entry.getKey().address());
                            boolean broken = !entry.getValue().stream().allMatch(Channel::isOpen);
                            if (gone) {
                                LOG.info("udp {} is gone: closed", entry.getKey());
                            } else if (broken) {
                                LOG.warn(
                                        "udp {} was closed by an error: binding it again",
                                        entry.getKey());
                            }
                            if (gone || broken) {
                                entry.getValue()
                                        .forEach(channel -> channel.close().awaitUninterruptibly());
                            }
                            return gone || broken;
                        });
        failed.retainAll(plan.udp().keySet());
        boolean room = true;
        for (Place place : plan.udp().keySet()) {
            if (!bound.containsKey(place)) {
                if (makeRoom.test(binder.sockets(place.address()))) {
                    bindNew(place);
                } else {
                    room = false;
                    warnOnce(place, "connections have its descriptors (ulimit -n)");
                }
            }
        }
        return room;
    }

    private void bindNew(Place place) {
        try {
            bind(place, false);
            if (bound.containsKey(place)) {
                LOG.info("udp {} is new: served", place);
            }
        } catch (BindFailure e) {
            warnOnce(place, e.why());
        }
    }

    /** Returns one address for each group of sockets that share it. */
    public List<InetSocketAddress> addresses() {
        return bound.values().stream()
                .map(shards -> (InetSocketAddress) shards.get(0).localAddress())
                .toList();
    }

    /** Returns every open socket. */
    public List<Channel> channels() {
        return bound.values().stream().flatMap(List::stream).toList();
    }

    /** Forgets every socket; the caller has closed them. */
    public void clear() {
        bound.clear();
        failed.clear();
    }

    /**
     * Binds the sockets of one address, or warns that it is not ours.
     *
     * @param asked whether the user named the address, so that every failure is an error
     */
    private void bind(Place place, boolean asked) throws BindFailure {
        try {
            List<Channel> shards = binder.bind(place.address(), port);
            bound.put(place, shards);
            failed.remove(place);
            port = ((InetSocketAddress) shards.get(0).localAddress()).getPort();
        } catch (BindFailure e) {
            if (asked || e.reason() != BindFailure.Reason.ADDRESS_NOT_OURS) {
                throw e;
            }
            warnOnce(place, e.why());
        }
    }

    private void warnOnce(Place place, String why) {
        if (failed.add(place)) {
            LOG.warn("udp {} cannot be bound, and will be tried again: {}", place, why);
        }
    }
}
