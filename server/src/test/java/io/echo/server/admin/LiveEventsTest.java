package io.echo.server.admin;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.echo.net.Transport;
import io.echo.server.EchoServer;
import io.echo.server.EventStream;
import io.echo.server.Http;
import io.echo.server.KernelChannel;
import io.echo.server.Metric;
import io.echo.server.TestServers;
import io.echo.server.config.ServerConfig;
import io.echo.server.metrics.KernelDrops;
import io.echo.server.metrics.TimeHistogram;
import io.echo.testing.Await;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.WriteBufferWaterMark;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The event stream behind the live page, as its viewers get it. */
@Timeout(60)
class LiveEventsTest {
    private static final String PROBES_OVER_UDP =
            "echo_probes_total{protocol=\"udp\",result=\"ok\"}";

    @Test
    void sendsEachViewerTheSameRowsAndTheOnesBefore() throws IOException {
        try (EchoServer server = TestServers.start(Transport.NIO);
                EventStream first = new EventStream(server)) {
            assertThat(first.head())
                    .startsWith("HTTP/1.1 200 OK\n")
                    .contains("content-type: text/event-stream\n", "cache-control: no-store\n");
            JsonObject head = first.next().json();
            assertThat(first.next("state").data()).isEqualTo("ok");
            List<String> rows = List.of(first.next().data(), first.next().data());
            try (EventStream second = new EventStream(server)) {
                assertThat(second.next().json()).isEqualTo(head);
                List<String> past = past(second);
                assertThat(past).containsSequence(rows);
                int known = past.indexOf(rows.get(1)) + 1;
                for (String row : past.subList(known, past.size())) {
                    assertThat(first.next().data()).isEqualTo(row);
                }
                assertThat(second.next()).isEqualTo(first.next());
            }
        }
    }

    /** An operator opens the page because something is wrong, and sees how it began. */
    @Test
    void keepsTheMinutesBeforeTheFirstViewer() throws IOException {
        try (EchoServer server = TestServers.start(Transport.NIO)) {
            Http.await( // A probe a second.
                    server,
                    "/metrics",
                    answer ->
                            answer.status() == 200
                                    && Metric.value(answer.body(), PROBES_OVER_UDP) > 2);
            try (EventStream first = new EventStream(server)) {
                first.next("head");
                List<String> past = past(first);
                assertThat(past).hasSizeGreaterThanOrEqualTo(2);
                List<Long> clocks = past.stream().map(row -> clock(row)).toList();
                for (int i = 1; i < clocks.size(); i++) {
                    assertThat(clocks.get(i) - clocks.get(i - 1)).isGreaterThan(500);
                }
            }
        }
    }

    /** Returns the rows up to the state, which follows them. */
    private static List<String> past(EventStream viewer) throws IOException {
        List<String> past = new ArrayList<>();
        EventStream.Event event = viewer.next();
        for (; event.name().equals("message"); event = viewer.next()) {
            past.add(event.data());
        }
        assertThat(event).isEqualTo(new EventStream.Event("state", "ok"));
        return past;
    }

    /** Returns the milliseconds of the steady clock in a row. */
    private static long clock(String row) {
        return new EventStream.Event("message", row).row()[1];
    }

    @Test
    void tellsWhatMetricsTell() throws IOException {
        try (EchoServer server = TestServers.start(Transport.NIO);
                DatagramSocket peer = new DatagramSocket(0, TestServers.loopback());
                EventStream stream = new EventStream(server)) {
            peer.setSoTimeout(20_000);
            for (int i = 0; i < 100; i++) {
                peer.send(new DatagramPacket(new byte[10], 10, TestServers.udp(server)));
                peer.receive(new DatagramPacket(new byte[10], 10));
            }
            JsonObject head = stream.next().json();
            long[] row = stream.next("message").row();
            while (row[2] < 100) { // Counted before.
                row = stream.next("message").row();
            }
            row = stream.next("message").row(); // All that belongs to the last one, too.
            String scrape = Http.get(server, "/metrics").body();
            JsonArray series = head.getAsJsonArray("series");
            List<String> compared = new ArrayList<>();
            for (int i = 0; i < series.size(); i++) {
                String name = series.get(i).getAsJsonObject().get("name").getAsString();
                if (!name.startsWith("echo_")) {
                    continue;
                }
                if (!name.startsWith("echo_admin")) { // The scrape is one.
                    assertThat((double) row[2 + i]).as(name).isEqualTo(Metric.value(scrape, name));
                }
                compared.add(name);
            }
            assertThat(compared)
                    .containsAll(
                            Metric.names(scrape).stream()
                                    .filter(n -> n.endsWith("_pending") || n.endsWith("_open"))
                                    .toList());
            assertThat(row[2]).isEqualTo(100);
            int udpTimes = 2 + series.size();
            long cumulated = 0;
            JsonArray bounds = head.getAsJsonArray("bounds");
            for (int bucket = 0; bucket < TimeHistogram.BUCKETS; bucket++) {
                cumulated += row[udpTimes + bucket];
                String le = bucket < bounds.size() ? bounds.get(bucket).getAsString() : "+Inf";
                String bucketName = "echo_time_seconds_bucket{protocol=\"udp\",le=\"" + le + "\"}";
                assertThat((double) cumulated)
                        .as(bucketName)
                        .isEqualTo(Metric.value(scrape, bucketName));
            }
            assertThat(cumulated).isEqualTo(100);
        }
    }

    /** Those who are turned away give their connection back: probes must find one. */
    @Test
    void refusesOneTooManyAndLeavesRoomForProbes() throws Exception {
        try (EchoServer server = TestServers.start(Transport.NIO)) {
            List<EventStream> viewers = new ArrayList<>();
            for (int i = 0; i < LiveEvents.MAX_VIEWERS; i++) {
                viewers.add(new EventStream(server));
            }
            for (int i = 0; i < 2 * AdminServer.MAX_CONNECTIONS; i++) {
                try (Http http = new Http(server)) {
                    Http.Answer answer = http.ask(i % 2 == 0 ? "GET" : "HEAD", "/events");
                    assertThat(answer.status()).isEqualTo(503);
                    assertThat(answer.head()).contains("connection: close");
                    assertThat(i % 2 == 0).isEqualTo(answer.body().contains("16 viewers"));
                    assertThat(http.ended()).isTrue();
                }
                try (Http http = new Http(server)) {
                    assertThat(http.ask("GET", "/").head()).contains("connection: close");
                    assertThat(http.ended()).isTrue();
                }
            }
            for (String path : List.of("/livez", "/readyz", "/metrics", "/info")) {
                assertThat(Http.get(server, path).status()).as(path).isEqualTo(200);
            }
            viewers.remove(0).close();
            Await.until(
                    "a place",
                    () -> {
                        EventStream viewer = new EventStream(server);
                        viewers.add(viewer);
                        return viewer.head().contains(" 200 ");
                    });
            for (EventStream viewer : viewers) {
                viewer.close();
            }
        }
    }

    /** Others that come at the limit take places of others, and a viewer watches on. */
    @Test
    void keepsViewersWhenTheAdminPortIsFull() throws Exception {
        List<Http> silent = new ArrayList<>();
        try (EchoServer server = TestServers.start(Transport.NIO);
                EventStream viewer = new EventStream(server)) {
            for (int i = 0; i < 2 * AdminServer.MAX_CONNECTIONS; i++) {
                silent.add(new Http(server));
            }
            assertThat(silent.get(0).ended()).isTrue();
            assertThat(Http.get(server, "/livez").status()).isEqualTo(200);
            viewer.next("message");
            viewer.next("message");
        } finally {
            for (Http http : silent) {
                http.close();
            }
        }
    }

    @Test
    void saysThatItDrainsAndThatItHasStopped() throws Exception {
        ServerConfig config =
                TestServers.config(Transport.NIO)
                        .withDrain(
                                new ServerConfig.Drain(
                                        Duration.ofSeconds(5), Duration.ofSeconds(1)));
        EchoServer server = EchoServer.start(config);
        try (EventStream stream = new EventStream(server)) {
            assertThat(stream.next("state").data()).isEqualTo("ok");
            CompletableFuture<Void> stopped = CompletableFuture.runAsync(server::close);
            assertThat(stream.next("state").data()).isEqualTo("draining");
            assertThat(stream.next().name()).isEqualTo("message");
            assertThat(stream.next("state").data()).isEqualTo("stopped");
            assertThat(stream.ended()).isTrue();
            stopped.get(10, TimeUnit.SECONDS);
        }
    }

    /** Rows that a viewer does not take are not kept for it, and in the end it is closed. */
    @Test
    void skipsRowsForASlowViewerAndGivesUpOneThatTakesNothing() throws IOException {
        try (EchoServer server = TestServers.start(Transport.NIO)) {
            AtomicReference<LiveEvents> events = new AtomicReference<>();
            KernelChannel viewer =
                    KernelChannel.askedToRead(AdminServer.handlers(r -> events.get().page()));
            events.set(
                    new LiveEvents(
                            viewer.eventLoop(),
                            new MetricsPage.Watched(
                                    TestServers.metrics(server),
                                    TestServers.loops(server),
                                    new KernelDrops(Optional.empty()),
                                    null,
                                    Map.of(),
                                    List.of(),
                                    List.of(),
                                    List.of()),
                            Map::of,
                            () -> "ok"));
            viewer.config().setWriteBufferWaterMark(new WriteBufferWaterMark(1_000, 2_000));
            viewer.freezeTime();
            viewer.pipeline()
                    .fireChannelRead(
                            Unpooled.copiedBuffer(
                                    "GET /events HTTP/1.1\r\nHost: a\r\n\r\n",
                                    StandardCharsets.US_ASCII));
            viewer.pipeline().fireChannelReadComplete();
            events.get().start();
            assertThat(rows(viewer, 3)).isEqualTo(3);
            viewer.full(true);
            rows(viewer, 9);
            assertThat(viewer.unsafe().outboundBuffer().totalPendingWriteBytes()).isLessThan(3_000);
            viewer.full(false);
            assertThat(rows(viewer, 2)).isLessThan(11);
            assertThat(rows(viewer, 2)).isEqualTo(2);
            viewer.full(true);
            rows(viewer, 11);
            assertThat(viewer.isOpen()).isFalse();
            viewer.finishAndReleaseAll();
        }
    }

    /** Lets seconds pass; returns how many rows have come. */
    private static long rows(KernelChannel viewer, int seconds) {
        for (int i = 0; i < 10 * seconds; i++) {
            viewer.advanceTimeBy(100, TimeUnit.MILLISECONDS);
            viewer.runPendingTasks();
        }
        StringBuilder taken = new StringBuilder();
        for (ByteBuf out = viewer.readOutbound(); out != null; out = viewer.readOutbound()) {
            taken.append(out.toString(StandardCharsets.UTF_8));
            out.release();
        }
        return Pattern.compile("event: message").matcher(taken).results().count();
    }
}
