package io.echo.server.admin;

import io.echo.server.admission.SourceRules;
import io.echo.server.admission.SourceRules.PrivateDrop;
import io.echo.server.config.Addresses;
import io.echo.server.config.Cidr;
import io.echo.server.config.ServerConfig;
import java.net.InetAddress;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells who is trusted, and once of a private source that is not and might be. One thread. */
public final class TrustLog {
    private static final Logger LOG = LoggerFactory.getLogger(TrustLog.class);

    private final Optional<List<Cidr>> trusted;
    private final List<Cidr> balancers;
    private final String rate;
    private final SourceRules sources;

    /** Set once a dropped private source has been logged. */
    private boolean toldOfDrop;

    public TrustLog(ServerConfig config, SourceRules sources) {
        this.trusted = config.access().trusted();
        this.balancers = config.access().proxies();
        this.rate = LimitsInForce.trustedRate(config.udp());
        this.sources = sources;
    }

    /**
     * Logs who is trusted, and warns of a gateway among them, and of a balancer that is anybody.
     */
    public void logStart(Set<InetAddress> gateways) {
        LOG.info("trusted {}", who(gateways));
        if (balancers.stream().anyMatch(TrustLog::isAnybody)) {
            LOG.warn(
                    "--proxy-from {} believes anybody who says for whom it speaks: name the"
                            + " balancers alone, unless a network policy lets nobody else in",
                    LimitsInForce.list(balancers));
        }
        List<InetAddress> named = gateways.stream().filter(this::isNamed).toList();
        if (!named.isEmpty()) {
            LOG.warn(
                    "--trusted names the default gateway {}: behind a proxy or address translation"
                            + " every client has its address and is trusted with it; publish no"
                            + " port on IPv6 through a proxy",
                    text(named));
        }
    }

    /** Logs the first private source that was dropped because it is not trusted. */
    public void logDrop() {
        if (!toldOfDrop && sources.firstPrivateDrop().isPresent()) {
            toldOfDrop = true;
            LOG.warn(text(sources.firstPrivateDrop().get()));
        }
    }

    /** Returns whether a block is all of IPv4 or of IPv6. */
    private static boolean isAnybody(Cidr block) {
        return block.prefix() == (Cidr.isV4(block.high(), block.low()) ? 96 : 0);
    }

    private boolean isNamed(InetAddress gateway) {
        Cidr address = Cidr.of(gateway);
        return trusted.stream()
                .flatMap(List::stream)
                .anyMatch(block -> block.contains(address.high(), address.low()));
    }

    private String who(Set<InetAddress> gateways) {
        if (trusted.isPresent()) {
            return trusted.get().isEmpty()
                    ? "nobody, not even loopback"
                    : "over UDP at "
                            + rate
                            + ", over TCP without limit per source: "
                            + LimitsInForce.list(trusted.get());
        }
        return "without limit: loopback and this host's IPv4 addresses; over UDP at "
                + rate
                + ": its IPv6 addresses, and a private source that asks an address of its own"
                + " block; over TCP without limit per source: private sources; never a default"
                + " gateway"
                + (gateways.isEmpty() ? "" : " (" + text(gateways) + ")");
    }

    private String text(PrivateDrop drop) {
        String others =
                trusted.stream()
                        .flatMap(List::stream)
                        .map(block -> block + ",")
                        .collect(Collectors.joining());
        String flag = others + drop.source();
        return "dropped datagrams from "
                + drop.source()
                + " to "
                + Addresses.text(drop.asked())
                + ": over --udp-rate or --udp-bytes-rate, and not trusted."
                + (drop.gateway()
                        ? " It is the default gateway: every client behind a proxy or address"
                                + " translation has this address."
                        : "")
                + " To raise its limit: --trusted "
                + flag
                + " (ECHO_TRUSTED="
                + flag
                + ")"
                + (trusted.isEmpty() ? ", which replaces the default" : "");
    }

    private static String text(Collection<InetAddress> addresses) {
        return addresses.stream().map(Addresses::text).sorted().collect(Collectors.joining(","));
    }
}
