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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The datagram sockets by place; follows the interfaces as addresses come and go.
 *
 * <p>Guarded by the server that owns it.
 */
public final class UdpSockets {
    private static final Logger LOG = LoggerFactory.getLogger(UdpSockets.class);

    private final UdpBinder binder;
    private final SourceRules sources;
    private final boolean enabled;
    private final Map<Place, List<Channel>> bound = new LinkedHashMap<>();

    /** Listed addresses that could not be bound, each logged once until it can or goes. */
    private final Set<Place> failed = new HashSet<>();

    private int port;

    public UdpSockets(UdpBinder binder, SourceRules sources, boolean enabled) {
        this.binder = binder;
        this.sources = sources;
        this.enabled = enabled;
    }

    /**
     * Binds every address of the plan.
     *
     * @param wantedPort 0 for any free one, the same on every address
     * @return the port
     */
    public int bind(BindPlan plan, int wantedPort) throws BindFailure {
        port = wantedPort;
        sources.setOwnAddresses(plan.listed());
        if (enabled) {
            for (Map.Entry<Place, Boolean> entry : plan.udp().entrySet()) {
                bind(entry.getKey(), entry.getValue());
            }
        }
        return port;
    }

    /**
     * Binds listed addresses that are new, closes the sockets of those that are gone, and binds
     * again what has closed by itself, as sockets do that find no memory to read with.
     */
    public void follow(BindPlan plan) {
        sources.setOwnAddresses(plan.listed());
        if (!enabled) {
            return;
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
                                        "udp {} has closed by itself: to be bound again",
                                        entry.getKey());
                            }
                            if (gone || broken) {
                                entry.getValue()
                                        .forEach(channel -> channel.close().awaitUninterruptibly());
                            }
                            return gone || broken;
                        });
        failed.retainAll(plan.udp().keySet());
        for (Place place : plan.udp().keySet()) {
            if (!bound.containsKey(place)) {
                try {
                    bind(place, false);
                    if (bound.containsKey(place)) {
                        LOG.info("udp {} is new: served", place);
                    }
                } catch (BindFailure e) {
                    warnOnce(place, e);
                }
            }
        }
    }

    public List<InetSocketAddress> addresses() {
        return bound.values().stream()
                .map(shards -> (InetSocketAddress) shards.get(0).localAddress())
                .toList();
    }

    public List<Channel> channels() {
        return bound.values().stream().flatMap(List::stream).toList();
    }

    public void clear() {
        bound.clear();
        failed.clear();
    }

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
            warnOnce(place, e);
        }
    }

    private void warnOnce(Place place, BindFailure failure) {
        if (failed.add(place)) {
            LOG.warn("udp {} cannot be bound, and will be tried again: {}", place, failure.why());
        }
    }
}
