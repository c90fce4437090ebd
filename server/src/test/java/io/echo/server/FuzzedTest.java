package io.echo.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.DictionaryEntries;
import com.code_intelligence.jazzer.junit.FuzzTest;
import io.echo.cli.FlagValues;
import io.echo.net.Protocol;
import io.echo.net.Transport;
import io.echo.server.admin.AdminProgram;
import io.echo.server.config.Cidr;
import io.echo.server.config.FaultProfile;
import io.echo.server.config.ServerConfig;
import io.echo.server.fault.fate.ConnectionFates;
import io.echo.server.fault.fate.DatagramFates;
import io.echo.server.loop.BindPlan;
import io.echo.server.proxy.NettyHeaders;
import io.echo.server.tcp.TcpConnections;
import io.netty.util.NetUtil;
import java.io.IOException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;

/**
 * Fuzzes the command line with any words, and a channel with the events of a peer in any order.
 *
 * <p>The normal build runs each once on what fuzzing has found so far; {@code mvn test -Pfuzz
 * -Dfuzz.time=60} looks for more, so many seconds for each.
 */
class FuzzedTest {
    @FuzzTest
    void readsBlocks(FuzzedDataProvider data) {
        String text = data.consumeRemainingAsString();
        try {
            Cidr block = Cidr.parse("--allow", text);
            assertThat(block.prefix()).isBetween(0, 128);
            assertThat(block.contains(block.high(), block.low())).isTrue();
        } catch (IllegalArgumentException e) {
            assertThat(e).hasMessageStartingWith("--allow must ");
        }
    }

    @FuzzTest
    void readsValues(FuzzedDataProvider data) {
        int kind = data.consumeInt(0, 4);
        String text = data.consumeRemainingAsString();
        try {
            switch (kind) {
                case 0 ->
                        assertThat(FlagValues.duration("--flag", text))
                                .isBetween(Duration.ZERO, Duration.ofNanos(Long.MAX_VALUE));
                case 1 ->
                        assertThat(FlagValues.perSecond("--flag", text).doubleValue())
                                .isFinite()
                                .isNotNegative();
                case 2 ->
                        assertThat(FlagValues.ports("--flag", List.of(text.split(","))))
                                .allMatch(port -> port > 0 && port < 65_536);
                case 3 ->
                        assertThat(Cidr.blocks("--flag", List.of(text.split(","))))
                                .doesNotContainNull();
                default -> FlagValues.number("--flag", text);
            }
        } catch (IllegalArgumentException e) {
            assertThat(e).hasMessageStartingWith("--flag must ");
        }
    }

    @FuzzTest
    @DictionaryEntries({
        "burst=200ms/5s",
        "loss=1%",
        "corrupt=",
        "truncate=1%/20",
        "duplicate=",
        "reorder=1%/2",
        "delay=5ms",
        "jitter=1ms:normal",
        ":uniform",
        ":pareto",
        "rate=10k",
        "stall=",
        "half-close",
        "reset-after=",
        "slow-read=",
        "split=1..7",
        "seed=",
        ",",
        "%",
        "/",
        "..",
        "e9",
        "1e400"
    })
    void readsFaults(FuzzedDataProvider data) {
        String text = data.consumeRemainingAsString();
        FaultProfile profile;
        try {
            profile = FaultProfile.parse(text);
        } catch (IllegalArgumentException e) {
            assertThat(e.getMessage()).matches("(?s)[a-z-]+ must .*, got .*");
            return;
        }
        assertThat(FaultProfile.parse(profile.toString())).isEqualTo(profile);
        new DatagramFates(profile, 0).next(1, 100);
        new ConnectionFates(profile).next();
    }

    @FuzzTest
    void validatesConfiguration(FuzzedDataProvider data) {
        try {
            ServerConfig.Listen listen =
                    new ServerConfig.Listen(
                            List.of(data.consumeString(20)),
                            data.consumeInt(),
                            data.consumeBoolean() ? Set.of(Protocol.UDP) : Set.of(),
                            Transport.NIO,
                            data.consumeInt());
            assertThat(listen.port()).isBetween(0, 65_535);
            ServerConfig.UdpLimits udp =
                    new ServerConfig.UdpLimits(
                            data.consumeDouble(),
                            data.consumeDouble(),
                            data.consumeInt(),
                            Set.of(data.consumeInt(1, 65_535)));
            assertThat(udp.datagramsPerSecond()).isFinite().isPositive();
            Duration idle = Duration.ofNanos(data.consumeLong());
            Duration stall = Duration.ofNanos(data.consumeLong());
            ServerConfig.TcpLimits tcp =
                    new ServerConfig.TcpLimits(
                            OptionalInt.of(data.consumeInt()),
                            OptionalInt.of(data.consumeInt()),
                            data.consumeDouble(),
                            idle,
                            stall,
                            stall);
            assertThat(
                            TcpConnections.idleNs(
                                    tcp.idleTimeout().toNanos(),
                                    data.consumeInt(0, 1 << 30),
                                    tcp.maxConnections().getAsInt()))
                    .isBetween(0L, idle.toNanos());
        } catch (IllegalArgumentException e) {
            assertThat(e.getMessage()).matches("(?s)--[a-z-]+ must .*, got .*");
        }
    }

    /** Numbers only: a name would be asked of a resolver, millions of times. */
    @FuzzTest
    void plansHosts(FuzzedDataProvider data) throws IOException {
        List<String> hosts = new ArrayList<>();
        while (data.remainingBytes() > 0) {
            String host = data.consumeString(40).strip();
            if (NetUtil.isValidIpV4Address(host) || NetUtil.isValidIpV6Address(host)) {
                hosts.add(host);
            }
        }
        try {
            BindPlan plan = BindPlan.of(hosts);
            assertThat(plan.tcp()).isNotEmpty();
            assertThat(plan.udp().keySet()).noneMatch(a -> a.address().isAnyLocalAddress());
        } catch (UnknownHostException e) {
            assertThat(e).hasMessageStartingWith("--host must be ");
        }
    }

    @FuzzTest
    void survivesStreams(byte[] program) {
        new HandlerProgram(true, HandlerProgram.of(program)).stream(program.length);
    }

    @FuzzTest
    @DictionaryEntries({
        "GET ",
        "HEAD ",
        "/livez",
        "/metrics",
        "/broken",
        " HTTP/1.1",
        " HTTP/1.0",
        "Host: localhost",
        "Connection: close",
        "Connection: keep-alive",
        "Content-Length: 5",
        "hello",
        "Transfer-Encoding: chunked",
        "Expect: 100-continue",
        "\\x0D\\x0A",
        "\\x0D\\x0A\\x0D\\x0A",
        "GET /livez HTTP/1.1\\x0D\\x0AHost: a\\x0D\\x0A\\x0D\\x0A"
    })
    void answersRequests(FuzzedDataProvider data) {
        new AdminProgram(() -> data.consumeInt(0, 255), data::consumeBytes)
                .run(() -> data.remainingBytes() > 0);
    }

    /** The same as Netty's decoder says, but for the differences in {@link NettyHeaders}. */
    @FuzzTest
    @DictionaryEntries({
        "\\x0D\\x0A\\x0D\\x0A\\x00\\x0D\\x0AQUIT\\x0A\\x21\\x12\\x00\\x0C",
        "\\x0D\\x0A\\x0D\\x0A\\x00\\x0D\\x0AQUIT\\x0A\\x21\\x21\\x00\\x24",
        "\\x0D\\x0A\\x0D\\x0A\\x00\\x0D\\x0AQUIT\\x0A\\x20\\x00\\x00\\x00",
        "PROXY TCP4 192.0.2.1 192.0.2.2 1 2\\x0D\\x0A"
    })
    void readsProxyHeaders(byte[] datagram) {
        NettyHeaders.assertAgree(datagram);
    }

    @FuzzTest
    void survivesDatagrams(byte[] program) {
        new HandlerProgram(false, HandlerProgram.of(program)).datagrams(program.length);
    }
}
