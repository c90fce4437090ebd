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
import java.net.InetSocketAddress;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * What an operator sees of a running server: the pages of the admin port.
 *
 * <p>{@code /livez} never depends on load. {@code /readyz} stands for an echo through the real
 * ports. {@code /metrics} and {@code /info} are made when they are asked for, the first of them not
 * in a row ({@link CachedResponse}). Pages are made on the admin loop, probes on the control
 * thread.
 */
public final class AdminPages {
    private static final String READY = "ok";

    /** A stop waits no longer for viewers to be told of it. */
    private static final int TELL_MILLIS = 1_000;

    private final ServerConfig config;
    private final Budget budget;
    private final CounterTotals metrics;
    private final Loops loops;
    private final Instant started = Instant.now();

    /** Set when every socket is bound, and again as addresses come and go. Any thread. */
    private volatile Optional<Serving> serving = Optional.empty();

    private volatile String notReady = "starting";

    /** Made at the first scrape, on the admin loop; closed when that has ended. */
    private MetricsPage page;

    /** Likewise; shared by scrapes and the live page. */
    private KernelDrops drops;

    /** Made when the first viewer comes, on the admin loop; told by any thread. */
    private volatile Optional<LiveEvents> events = Optional.empty();

    private record Serving(Addresses addresses, Prober prober, List<LimitsInForce.Gauge> used) {}

    /** The class of a library that not everyone has, loaded when it is first asked for. */
    private static final class Json {
        static String of(Object value) {
            return new GsonBuilder()
                    .disableHtmlEscaping()
                    .setPrettyPrinting()
                    .create()
                    .toJson(value);
        }
    }

    public AdminPages(ServerConfig config, Budget budget, CounterTotals metrics, Loops loops) {
        this.config = config;
        this.budget = budget;
        this.metrics = metrics;
        this.loops = loops;
    }

    /**
     * Every socket is bound.
     *
     * @param used how much of the limits is used
     */
    public void begin(Addresses addresses, Prober prober, List<LimitsInForce.Gauge> used) {
        loops.all().forEach(Loop::measureLag);
        serving = Optional.of(new Serving(addresses, prober, used));
        notReady = "";
    }

    /** The interfaces were read again. */
    public void follow(Addresses addresses) {
        serving = serving.map(now -> new Serving(addresses, now.prober(), now.used()));
    }

    /** Not ready from now on, for this reason, and viewers know; what is asked is answered. */
    public void end(String reason) {
        notReady = reason;
        events.ifPresent(viewers -> viewers.tellState().awaitUninterruptibly(TELL_MILLIS));
    }

    /** Lets go of what was made for scrapes; after the admin loop has ended. */
    public void close() {
        if (page != null) {
            page.close();
        }
    }

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

    /** Says which library a page lacks; the program has all, who embeds the server may not. */
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

    /** Whether the server is ready, or what it is instead. Any thread. */
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
            page = new MetricsPage(watched(serving.get()));
        }
        return AdminResponse.of(OK, MetricsPage.CONTENT_TYPE, page.text());
    }

    private AdminResponse events() {
        if (serving.isEmpty()) {
            return AdminResponse.text(SERVICE_UNAVAILABLE, notReady);
        }
        if (events.isEmpty()) {
            events =
                    Optional.of(
                            new LiveEvents(watched(serving.get()), this::liveFacts, this::state));
        }
        return events.get().page();
    }

    /** What the live page knows beside the numbers. */
    private Map<String, Object> liveFacts() {
        Map<String, Double> limits = new LinkedHashMap<>();
        for (LimitsInForce.Gauge limit : LimitsInForce.gauges(config, budget)) {
            limits.put(limit.name(), limit.value().getAsDouble());
        }
        limits.put("viewers_limit", (double) LiveEvents.MAX_VIEWERS);
        return Map.of("page", LivePage.get().tag(), "info", facts(), "limits", limits);
    }

    private MetricsPage.Watched watched(Serving now) {
        if (drops == null) {
            drops = new KernelDrops(udpPort(now.addresses()));
        }
        return new MetricsPage.Watched(
                metrics,
                loops,
                drops,
                now.prober(),
                buildInfo(),
                LimitsInForce.gauges(config, budget),
                now.used());
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
                });
        info.put("limits", LimitsInForce.byFlag(config, budget.maxConnections()));
        return info;
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
