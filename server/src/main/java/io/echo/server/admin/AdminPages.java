package io.echo.server.admin;

import static io.netty.handler.codec.http.HttpResponseStatus.INTERNAL_SERVER_ERROR;
import static io.netty.handler.codec.http.HttpResponseStatus.OK;
import static io.netty.handler.codec.http.HttpResponseStatus.SERVICE_UNAVAILABLE;

import com.google.gson.GsonBuilder;
import io.echo.cli.Build;
import io.echo.server.config.Addresses;
import io.echo.server.config.ServerConfig;
import io.echo.server.loop.Budget;
import io.echo.server.loop.CounterTotals;
import io.echo.server.loop.Loop;
import io.echo.server.loop.Loops;
import io.echo.server.metrics.KernelDrops;
import io.echo.server.metrics.MetricFamily;
import io.netty.channel.EventLoop;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The pages of the admin port, which show an operator the running server.
 *
 * <p>{@code /livez} never depends on load. {@code /readyz} says whether echoes through the real
 * ports work. {@code /metrics} and {@code /info} are made on request, {@code /metrics} at most so
 * often ({@link CachedResponse}). Pages are made on the admin loop, probes on a thread of their
 * own.
 */
public final class AdminPages {
    private static final String READY = "ok";

    /** Longest time that a stop waits until viewers have been told. */
    private static final int TELL_MILLIS = 1_000;

    private final ServerConfig config;
    private final Supplier<Budget> budget;
    private final CounterTotals metrics;
    private final Loops loops;
    private final Instant started = Instant.now();

    /** Set when every socket is bound, and again as addresses come and go. Any thread. */
    private volatile Optional<Serving> serving = Optional.empty();

    private volatile String notReady = "starting";

    /** Made at the first scrape, on the admin loop; closed when that has ended. */
    private MetricsPage page;

    /** Made when every socket is bound. Any thread. */
    private volatile Optional<LiveEvents> events = Optional.empty();

    private record Serving(Addresses addresses, Prober prober, MetricsPage.Watched watched) {}

    /** Keeps Gson, which an embedder may not have, out of the way until a page needs it. */
    private static final class Json {
        static String of(Object value) {
            return new GsonBuilder()
                    .disableHtmlEscaping()
                    .setPrettyPrinting()
                    .create()
                    .toJson(value);
        }
    }

    /**
     * Makes pages of a server that is not ready yet.
     *
     * @param budget tells how much the server may take now
     */
    public AdminPages(
            ServerConfig config, Supplier<Budget> budget, CounterTotals metrics, Loops loops) {
        this.config = config;
        this.budget = budget;
        this.metrics = metrics;
        this.loops = loops;
    }

    /**
     * Turns readiness on, once every socket is bound, and begins to keep what the live page shows.
     *
     * @param used gauges of how much of the limits is used
     * @param more metrics of what a flag has added
     * @param adminLoop the loop that asks for the pages
     */
    public void setReady(
            Addresses addresses,
            Prober prober,
            List<LimitsInForce.Gauge> used,
            List<MetricFamily> more,
            EventLoop adminLoop) {
        loops.all().forEach(Loop::measureLag);
        MetricsPage.Watched watched =
                new MetricsPage.Watched(
                        metrics,
                        loops,
                        new KernelDrops(udpPort(addresses)),
                        prober,
                        buildInfo(),
                        LimitsInForce.gauges(config, budget),
                        used,
                        more);
        serving = Optional.of(new Serving(addresses, prober, watched));
        notReady = "";
        LiveEvents live = new LiveEvents(adminLoop, watched, this::liveFacts, this::state);
        events = Optional.of(live);
        live.start();
    }

    /** Takes note of the addresses after the interfaces were read again. */
    public void setAddresses(Addresses addresses) {
        serving = serving.map(now -> new Serving(addresses, now.prober(), now.watched()));
    }

    /** Turns readiness off for this reason and tells viewers; pages are answered on. */
    public void setNotReady(String reason) {
        notReady = reason;
        events.ifPresent(viewers -> viewers.tellState().awaitUninterruptibly(TELL_MILLIS));
    }

    /** Closes the page of metrics; after the admin loop has ended. */
    public void close() {
        if (page != null) {
            page.close();
        }
    }

    /** Returns the pages by their paths. */
    public Map<String, Supplier<AdminResponse>> pages() {
        return Map.of(
                "/",
                () -> LivePage.get().page(),
                "/events",
                needing("gson", this::events),
                "/livez",
                () -> AdminResponse.text(OK, "ok"),
                "/readyz",
                this::ready,
                "/metrics",
                needing("micrometer-registry-prometheus", costly(this::metricsPage)),
                "/info",
                needing("gson", this::info));
    }

    private static Supplier<AdminResponse> costly(Supplier<AdminResponse> page) {
        return new CachedResponse(page, System::nanoTime);
    }

    /** Answers with the library that a page lacks; an embedder may have left it out. */
    private static Supplier<AdminResponse> needing(String library, Supplier<AdminResponse> page) {
        return () -> {
            try {
                return page.get();
            } catch (LinkageError e) {
                return AdminResponse.text(
                        INTERNAL_SERVER_ERROR,
                        "this page needs " + library + " on the class path: " + e);
            }
        };
    }

    private AdminResponse ready() {
        String state = state();
        return AdminResponse.text(state.equals(READY) ? OK : SERVICE_UNAVAILABLE, state);
    }

    /** Returns "ok", or the reason why the server is not ready. Any thread. */
    private String state() {
        return !notReady.isEmpty()
                ? notReady
                : serving.flatMap(now -> now.prober().problem()).orElse(READY);
    }

    private AdminResponse metricsPage() {
        if (serving.isEmpty()) {
            return AdminResponse.text(SERVICE_UNAVAILABLE, notReady);
        }
        if (page == null) {
            page = new MetricsPage(serving.get().watched());
        }
        return AdminResponse.of(OK, MetricsPage.CONTENT_TYPE, page.text());
    }

    private AdminResponse events() {
        return events.map(LiveEvents::page)
                .orElseGet(() -> AdminResponse.text(SERVICE_UNAVAILABLE, notReady));
    }

    /** Returns the facts that the live page shows beside the numbers. */
    private Map<String, Object> liveFacts() {
        Map<String, Double> limits = new LinkedHashMap<>();
        for (LimitsInForce.Gauge limit : LimitsInForce.gauges(config, budget)) {
            limits.put(limit.name(), limit.value().getAsDouble());
        }
        limits.put("viewers_limit", (double) LiveEvents.MAX_VIEWERS);
        return Map.of(
                "page",
                LivePage.get().tag(),
                "machine",
                machine(),
                "info",
                facts(),
                "limits",
                limits);
    }

    /**
     * Returns the name that this machine or container has for itself, or nothing. {@code
     * InetAddress} would ask a name server, and wait for it.
     */
    private static String machine() {
        try {
            return Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
        } catch (IOException e) {
            Map<String, String> environment = System.getenv();
            return environment.getOrDefault(
                    "HOSTNAME", environment.getOrDefault("COMPUTERNAME", ""));
        }
    }

    private AdminResponse info() {
        return AdminResponse.of(OK, "application/json", Json.of(facts()) + "\n");
    }

    private Map<String, Object> facts() {
        Map<String, Object> info = new LinkedHashMap<>(buildInfo());
        info.put("started", started.toString());
        info.put("loops", config.listen().loops());
        serving.ifPresent(
                now -> {
                    Addresses addresses = now.addresses();
                    info.put("udp", addresses.udp().stream().map(Addresses::text).toList());
                    info.put("tcp", addresses.tcp().stream().map(Addresses::text).toList());
                    if (config.tls().isPresent()) {
                        info.put("tls", addresses.tls().stream().map(Addresses::text).toList());
                    }
                    if (!addresses.faults().isEmpty()) {
                        info.put("faults", profiles(addresses));
                    }
                });
        info.put("limits", LimitsInForce.byFlag(config, budget.get().maxConnections()));
        return info;
    }

    /** Returns the profiles, with their seeds, by port. */
    private Map<String, String> profiles(Addresses addresses) {
        Map<String, String> profiles = new LinkedHashMap<>();
        for (int i = 0; i < addresses.faults().size(); i++) {
            profiles.put(
                    String.valueOf(addresses.faults().get(i)),
                    config.faults().ports().get(i).profile().toString());
        }
        return profiles;
    }

    private Map<String, String> buildInfo() {
        Map<String, String> info = new LinkedHashMap<>();
        info.put("version", Build.version());
        info.put("commit", Build.commit());
        info.put("transport", config.listen().transport().toString());
        info.put("jdk", Runtime.version().toString());
        return info;
    }

    private static Optional<Integer> udpPort(Addresses addresses) {
        return addresses.udp().stream().findFirst().map(InetSocketAddress::getPort);
    }
}
