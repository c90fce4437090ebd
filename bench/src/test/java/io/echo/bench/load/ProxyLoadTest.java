package io.echo.bench.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.echo.client.proxy.ProxyConfig;
import io.echo.client.socket.LayerConfig;
import io.echo.net.Target;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Loads whose connections and datagrams begin with a PROXY header. */
@Timeout(60)
class ProxyLoadTest {
    /** Bytes of a header of version 2 with IPv4 addresses. */
    private static final int V2_BYTES = 28;

    private static final String V1 = "PROXY TCP4 203.0.113.7 127.0.0.1 40000 %d\r\n";

    private static LoadConfig config(Target target, String version) {
        ProxyConfig proxy = ProxyConfig.parse(version, Optional.of("203.0.113.7:40000"));
        return Loads.with(Loads.of(target, new LoadConfig.Load.Closed(8), 200), sockets(proxy));
    }

    private static LoadConfig.Sockets sockets(ProxyConfig proxy) {
        return new LoadConfig.Sockets(
                List.of(),
                Optional.empty(),
                Optional.empty(),
                false,
                Optional.empty(),
                Optional.empty(),
                new LayerConfig(Optional.empty(), Optional.of(proxy)));
    }

    @Test
    void datagramsBeginWithItAndProbesKeepTheirSize() throws Exception {
        Set<Integer> sizes = ConcurrentHashMap.newKeySet();
        try (OddServer server =
                OddServer.udp(
                        (n, request, reply) -> {
                            sizes.add(request.length);
                            reply.send(Arrays.copyOfRange(request, V2_BYTES, request.length));
                        })) {
            Measurement measurement = Loads.run(config(server.target(), "v2"));
            assertThat(measurement.stats().received()).isEqualTo(200);
            assertThat(measurement.stats().corrupted()).isZero();
            assertThat(sizes).containsExactly(64 + V2_BYTES);
            assertThat(measurement.stats().sentBytes()).isEqualTo(200 * 64);
        }
    }

    @Test
    void connectionsBeginWithIt() throws Exception {
        Set<String> headers = ConcurrentHashMap.newKeySet();
        try (OddServer server =
                OddServer.tcp(
                        stream -> {
                            StringBuilder header = new StringBuilder();
                            while (header.indexOf("\n") < 0) {
                                header.append((char) stream.getInputStream().read());
                            }
                            headers.add(header.toString());
                            stream.getInputStream().transferTo(stream.getOutputStream());
                        })) {
            Measurement measurement = Loads.run(config(server.target(), "v1"));
            assertThat(measurement.stats().received()).isEqualTo(200);
            assertThat(headers).containsExactly(V1.formatted(server.target().port()));
        }
    }

    @Test
    void goesWithNoTrain() {
        ProxyConfig proxy = ProxyConfig.parse("v2", Optional.empty());
        LoadConfig trains =
                Loads.of(Target.parse("udp://127.0.0.1"), new LoadConfig.Load.Closed(4, 1), 10);
        assertThat(Loads.with(trains, sockets(proxy)).train()).isEqualTo(1);
        LoadConfig.Generator epoll =
                new LoadConfig.Generator(
                        io.echo.net.Transport.EPOLL, 1, trains.generator().pacing());
        assertThatThrownBy(
                        () ->
                                new LoadConfig(
                                        trains.target(),
                                        new LoadConfig.Load.Closed(4, 2),
                                        1,
                                        trains.sizes(),
                                        Optional.empty(),
                                        trains.span(),
                                        trains.warmup(),
                                        trains.timeout(),
                                        epoll,
                                        sockets(proxy),
                                        Optional.empty()))
                .hasMessage("give --train or --proxy-header, not both");
    }
}
