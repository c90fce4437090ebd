package io.echo.server;

import io.netty.channel.Channel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The datagram sockets by address; follows the interfaces as addresses come and go.
 *
 * <p>Guarded by the server that owns it.
 */
final class UdpSockets {
    private static final Logger LOG = LoggerFactory.getLogger(UdpSockets.class);

    private final UdpEcho echo;
    private final Sources sources;
    private final boolean wanted;
    private final Map<InetAddress, List<Channel>> bound = new LinkedHashMap<>();

    /** Listed addresses that could not be bound, each logged once until it can or goes. */
    private final Set<InetAddress> failed = new HashSet<>();

    private int port;

    UdpSockets(UdpEcho echo, Sources sources, boolean wanted) {
        this.echo = echo;
        this.sources = sources;
        this.wanted = wanted;
    }

    /**
     * Binds every address of the plan.
     *
     * @param wantedPort 0 for any free one, the same on every address
     * @return the port
     */
    int bind(BindPlan plan, int wantedPort) throws BindFailure {
        port = wantedPort;
        sources.ours(plan.listed());
        if (wanted) {
            for (Map.Entry<InetAddress, Boolean> entry : plan.udp().entrySet()) {
                bind(entry.getKey(), entry.getValue());
            }
        }
        return port;
    }

    /** Binds listed addresses that are new and closes the sockets of those that are gone. */
    void follow(BindPlan plan) {
        sources.ours(plan.listed());
        if (!wanted) {
            return;
        }
        bound.entrySet().removeIf(entry -> {
            boolean gone = !plan.udp().containsKey(entry.getKey());
            if (gone) {
                LOG.info("udp {} is gone: closed", Addresses.text(entry.getKey()));
                entry.getValue().forEach(Channel::close);
            }
            return gone;
        });
        failed.retainAll(plan.udp().keySet());
        for (InetAddress address : plan.udp().keySet()) {
            if (!bound.containsKey(address)) {
                try {
                    bind(address, false);
                    if (bound.containsKey(address)) {
                        LOG.info("udp {} is new: served", Addresses.text(address));
                    }
                } catch (BindFailure e) {
                    skip(address, e);
                }
            }
        }
    }

    List<InetSocketAddress> addresses() {
        return bound.values().stream()
                .map(shards -> (InetSocketAddress) shards.get(0).localAddress())
                .toList();
    }

    List<Channel> channels() {
        return bound.values().stream().flatMap(List::stream).toList();
    }

    void clear() {
        bound.clear();
        failed.clear();
    }

    private void bind(InetAddress address, boolean asked) throws BindFailure {
        try {
            List<Channel> shards = echo.bind(address, port);
            bound.put(address, shards);
            failed.remove(address);
            port = ((InetSocketAddress) shards.get(0).localAddress()).getPort();
        } catch (BindFailure e) {
            if (asked || e.reason() != BindFailure.Reason.ADDRESS_NOT_OURS) {
                throw e;
            }
            skip(address, e);
        }
    }

    private void skip(InetAddress address, BindFailure why) {
        if (failed.add(address)) {
            LOG.warn(
                    "udp {} is listed but cannot be bound, and will be tried again: {}",
                    Addresses.text(address),
                    why.getMessage());
        }
    }
}
