package io.echo.server.admin;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.echo.net.Transport;
import io.echo.server.EchoServer;
import io.echo.server.Http;
import io.echo.server.KernelChannel;
import io.echo.server.TcpTable;
import io.echo.server.TestServers;
import io.echo.testing.Await;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The admin port against well-behaved and other peers; none of them moves a counter. */
@Timeout(60)
class AdminServerTest {
    private static EchoServer server;

    @BeforeAll
    static void start() throws IOException {
        server = TestServers.start(Transport.NIO);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @AfterEach
    void countsNothingOfIt() {
        TestServers.assertCounted(server, Map.of());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "GET /livez HTTP/1.1#Host: localhost## | 200 | false",
                "GET /livez?verbose=1 HTTP/1.1#Host: localhost## | 200 | false",
                "GET /livez HTTP/1.1#Host: localhost#Content-Length: 0## | 200 | false",
                "GET /livez HTTP/1.1#Host: localhost#Connection: close## | 200 | true",
                "GET /livez HTTP/1.0## | 200 | true",
                "GET /livez HTTP/1.0#Connection: keep-alive## | 200 | false",
                "GET http://localhost/livez?b=/c HTTP/1.1#Host: localhost## | 200 | false",
                "GET HTTP://localhost:1 HTTP/1.1#Host: localhost## | 200 | true",
                "GET http://localhost/nothing HTTP/1.1#Host: localhost## | 404 | false",
                "GET /nothing HTTP/1.1#Host: localhost## | 404 | false",
                "GET / HTTP/1.1#Host: localhost## | 200 | true",
                "GET /livez/../info HTTP/1.1#Host: localhost## | 404 | false",
                "GET /%6civez HTTP/1.1#Host: localhost## | 404 | false",
                "POST /livez HTTP/1.1#Host: localhost## | 405 | true",
                "OPTIONS * HTTP/1.1#Host: localhost## | 405 | true",
                "CONNECT a:1 HTTP/1.1#Host: localhost## | 405 | true",
                "GET /livez HTTP/1.1## | 400 | true",
                "GET /livez HTTP/1.1#Host: localhost#Host: b## | 400 | true",
                "GET /livez HTTP/1.1#Host: localhost#no colon## | 400 | true",
                "GET /livez HTTP/1.1#Host: localhost#Content-Length: -1## | 400 | true",
                "GET /livez HTTP/1.1#Host: localhost#Content-Length: 3#Content-Length: 4## | 400 |"
                        + " true",
                "GET /livez HTTP/2.0#Host: localhost## | 505 | true",
                "PRI * HTTP/2.0##SM## | 505 | true",
                "GET /livez## | 400 | true",
                "hello## | 400 | true",
            })
    void answersAsHttpSays(String request, int status, boolean ends) throws IOException {
        try (Http http = new Http(server)) {
            http.send(request.replace("#", "\r\n"));
            Http.Answer answer = http.answer(true);
            assertThat(answer.status()).isEqualTo(status);
            assertThat(answer.head().contains("allow: GET, HEAD")).isEqualTo(status == 405);
            if (ends) {
                assertThat(answer.head()).contains("connection: close");
                assertThat(http.ended()).isTrue();
            } else {
                assertThat(answer.head()).contains("connection: keep-alive"); // HTTP/1.0 needs it.
                assertThat(http.ask("GET", "/livez").body()).isEqualTo("ok\n");
            }
        }
    }

    @Test
    void refusesWhatIsTooLong() throws IOException {
        try (Http line = new Http(server);
                Http header = new Http(server)) {
            line.send("GET /" + "a".repeat(AdminServer.MAX_REQUEST_LINE_BYTES) + " HTTP/1.1\r\n");
            assertThat(line.answer(true).status()).isEqualTo(414);
            assertThat(line.ended()).isTrue();
            header.send("GET /livez HTTP/1.1\r\nHost: localhost\r\nX: ");
            header.send("a".repeat(AdminServer.MAX_HEADER_BYTES));
            assertThat(header.answer(true).status()).isEqualTo(431);
            assertThat(header.ended()).isTrue();
        }
    }

    /** "*" is any tag (RFC 9110, section 13.1.2); a page without one has nothing to compare. */
    @Test
    void sendsNothingToWhoHasThePage() throws IOException {
        String tag = LivePage.get().tag();
        assertThat(statusIfNone("/", tag)).isEqualTo(304);
        assertThat(statusIfNone("/", "\"other\", W/" + tag)).isEqualTo(304);
        assertThat(statusIfNone("/", "*")).isEqualTo(304);
        assertThat(statusIfNone("/", "\"*\"")).isEqualTo(200);
        assertThat(statusIfNone("/livez", "*")).isEqualTo(200);
    }

    private static int statusIfNone(String path, String tags) throws IOException {
        try (Http http = new Http(server)) {
            http.send(
                    "GET "
                            + path
                            + " HTTP/1.1\r\nHost: localhost\r\nIf-None-Match: "
                            + tags
                            + "\r\n\r\n");
            Http.Answer answer = http.answer(false);
            assertThat(answer.head()).contains("content-type: ");
            return answer.status();
        }
    }

    @Test
    void keepsTheConnectionAndAnswersInOrder() throws IOException {
        try (Http http = new Http(server)) {
            for (String path : List.of("/livez", "/readyz", "/metrics", "/info")) {
                Http.Answer get = http.ask("GET", path);
                assertThat(get.status()).as(path).isEqualTo(200);
                Http.Answer head = http.ask("HEAD", path);
                assertThat(head.status()).isEqualTo(200);
                assertThat(head.head()).contains("content-type: ");
            }
            String asked = "GET /%s HTTP/1.1\r\nHost: localhost\r\n\r\n";
            http.send(asked.formatted("livez") + asked.formatted("no") + asked.formatted("info"));
            assertThat(http.answer(true).status()).isEqualTo(200);
            assertThat(http.answer(true).status()).isEqualTo(404);
            assertThat(http.answer(true).body()).startsWith("{");
        }
    }

    /** The answer must not be lost to a reset: what was not read is still on its way. */
    @ParameterizedTest
    @CsvSource({"POST,405", "GET,200"})
    void answersWhoSendsABodyAndEnds(String method, int status) throws IOException {
        try (Http http = new Http(server)) {
            http.send(
                    method
                            + " /livez HTTP/1.1\r\n"
                            + "Host: localhost\r\n"
                            + "Content-Length: 1000000\r\n\r\n");
            http.send("x".repeat(1_000_000));
            Http.Answer answer = http.answer(true);
            assertThat(answer.status()).isEqualTo(status);
            assertThat(answer.head()).contains("connection: close");
            assertThat(http.ended()).isTrue();
        }
    }

    @Test
    void stopsReadingFromWhoAsksAndDoesNotRead() throws IOException {
        byte[] requests =
                "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n"
                        .repeat(1_000)
                        .getBytes(StandardCharsets.US_ASCII);
        InetSocketAddress admin = server.addresses().admin().orElseThrow();
        long before = directBytes();
        try (SocketChannel greedy = SocketChannel.open(admin);
                Selector selector = Selector.open()) {
            greedy.configureBlocking(false);
            greedy.register(selector, SelectionKey.OP_WRITE);
            long sent = 0;
            ByteBuffer next = ByteBuffer.wrap(requests);
            while (selector.select(500) > 0) {
                selector.selectedKeys().clear();
                try {
                    sent += greedy.write(next);
                } catch (IOException e) {
                    break; // Cut off, for more than 128 requests wait: a bound as well.
                }
                if (!next.hasRemaining()) {
                    next.rewind();
                }
                assertThat(sent).isLessThan(64 << 20);
            }
            assertThat(Http.get(server, "/livez").status()).isEqualTo(200);
            assertThat(directBytes() - before).isLessThan(8 << 20);
        }
    }

    @Test
    void endsWhoDripsARequest() {
        EmbeddedChannel channel =
                new EmbeddedChannel(
                        AdminServer.handlers(r -> AdminResponse.text(HttpResponseStatus.OK, "")));
        channel.freezeTime();
        channel.writeInbound(Unpooled.copiedBuffer("GET / ", StandardCharsets.US_ASCII));
        for (int second = 0; second < AdminConnection.REQUEST_SECONDS - 1; second++) {
            channel.advanceTimeBy(1, TimeUnit.SECONDS);
            channel.writeInbound(Unpooled.copiedBuffer("a", StandardCharsets.US_ASCII));
            assertThat(channel.isOpen()).isTrue();
        }
        channel.advanceTimeBy(2, TimeUnit.SECONDS);
        channel.runScheduledPendingTasks();
        assertThat(channel.isOpen()).isFalse();
        channel.finishAndReleaseAll();
    }

    /** Or so many that say nothing would keep every probe out. */
    @Test
    void endsWhoHasBeenSilentLongestToTakeOneMore() throws IOException {
        List<Http> open = new ArrayList<>();
        try {
            for (int i = 0; i < AdminServer.MAX_CONNECTIONS; i++) {
                open.add(new Http(server));
            }
            // The last is accepted last: from here on the first has been heard later than the rest.
            assertThat(open.get(open.size() - 1).ask("GET", "/livez").status()).isEqualTo(200);
            assertThat(open.get(0).ask("GET", "/livez").status()).isEqualTo(200);
            open.get(2).send("GET /livez HTTP/1.1\r\nHost: localhost\r\nX-Dripping: ");
            for (int i = 1; i <= AdminServer.MAX_CONNECTIONS / 2; i++) {
                open.add(new Http(server));
                assertThat(open.get(i).ended()).isTrue();
            }
            for (int i = AdminServer.MAX_CONNECTIONS / 2 + 1; i < open.size(); i++) {
                assertThat(open.get(i).ask("GET", "/livez").status()).isEqualTo(200);
            }
            assertThat(open.get(0).ask("GET", "/livez").status()).isEqualTo(200);
        } finally {
            for (Http http : open) {
                http.close();
            }
        }
    }

    /** A peer that sends nonsense and stays gets an answer, and then is no longer counted. */
    @Test
    void takesTheNextWhileOthersAreSlowToEnd() throws IOException {
        List<Http> ending = new ArrayList<>();
        try {
            for (int i = 0; i < 2 * AdminServer.MAX_CONNECTIONS; i++) {
                Http http = new Http(server);
                ending.add(http);
                http.send("nonsense\r\n\r\n");
                assertThat(http.answer(true).status()).isEqualTo(400);
            }
        } finally {
            for (Http http : ending) {
                http.close();
            }
        }
    }

    /** Or those who take no answer would fill the memory of the kernel, one after the other. */
    @ParameterizedTest
    @EnabledOnOs(OS.LINUX)
    @CsvSource({
        "/metrics, Connection: close, false",
        "/metrics, Accept: */*, true",
        "/metrics, Accept: */*, false",
        "/events, Accept: */*, true",
    })
    void leavesNoMoreToTheKernelThanItHasPlaces(String path, String header, boolean finishes)
            throws Exception {
        InetSocketAddress admin = server.addresses().admin().orElseThrow();
        List<Socket> peers = new ArrayList<>();
        try {
            for (int i = 0; i < 3 * AdminServer.MAX_CONNECTIONS; i++) {
                Socket peer = new Socket();
                peers.add(peer);
                peer.setReceiveBufferSize(2_048);
                peer.setSoTimeout(20_000);
                peer.connect(admin);
                String request = "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n" + header;
                peer.getOutputStream().write((request + "\r\n\r\n").getBytes(US_ASCII));
                assertThat(peer.getInputStream().read()).isEqualTo('H');
                if (finishes) {
                    peer.shutdownOutput();
                }
            }
            Await.until(
                    "what waits in the kernel is of connections that have places",
                    () ->
                            TcpTable.waiting(ProcessHandle.current().pid(), admin.getPort()).count()
                                    <= AdminServer.MAX_CONNECTIONS);
            assertThat(Http.get(server, "/livez").status()).isEqualTo(200);
        } finally {
            for (Socket peer : peers) {
                peer.close();
            }
        }
    }

    /** As {@code nc -N} does, whose half-close says that it will not ask again. */
    @Test
    void answersWhoHasFinishedSending() throws IOException {
        try (Http http = new Http(server)) {
            String asked = "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n";
            http.send(asked + asked);
            http.finish();
            assertThat(http.answer(true).status()).isEqualTo(200);
            assertThat(http.answer(true).status()).isEqualTo(200);
            assertThat(http.ended()).isTrue();
        }
    }

    @Test
    void knowsWhenAnAnswerIsUnderWay() {
        AdminConnection connection =
                new AdminConnection(request -> AdminResponse.text(HttpResponseStatus.OK, ""));
        KernelChannel channel = new KernelChannel(new HttpServerCodec(), connection);
        assertThat(connection.isAnswering()).isFalse();
        channel.full(true);
        channel.writeInbound(
                Unpooled.copiedBuffer("GET / HTTP/1.1\r\n\r\n", StandardCharsets.US_ASCII));
        assertThat(connection.isAnswering()).isTrue();
        channel.full(false);
        assertThat(connection.isAnswering()).isFalse();
        channel.finishAndReleaseAll();
    }

    private static long directBytes() {
        return ((ByteBufAllocatorMetricProvider) ByteBufAllocator.DEFAULT)
                .metric()
                .usedDirectMemory();
    }
}
