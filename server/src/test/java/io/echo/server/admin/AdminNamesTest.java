package io.echo.server.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.echo.net.Transport;
import io.echo.server.EchoServer;
import io.echo.server.Http;
import io.echo.server.TestServers;
import io.echo.server.config.ServerConfig;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Requests for the admin port by a stranger's name, as from a page that rebinds it. */
@Timeout(60)
class AdminNamesTest {
    @ParameterizedTest
    @CsvSource({
        "localhost, true",
        "LOCALHOST:2106, true",
        "localhost.:80, true",
        "echo.localhost, true",
        "127.0.0.1, true",
        "127.9.9.9:1, true",
        "[::1], true",
        "[::1]:2106, true",
        "[0:0:0:0:0:0:0:1]:2106, true",
        "[::ffff:127.0.0.1], true",
        "evil.example, false",
        "evil.example:2106, false",
        "localhost.evil.example, false",
        "notlocalhost, false",
        "127.0.0.1.evil.example, false",
        "127.1, false",
        "2130706433, false",
        "0.0.0.0, false",
        "192.0.2.1, false",
        "[2001:db8::1], false",
        "::1, false",
        "[::1, false",
        "localhost:x, false",
        "user@localhost, false",
        "'', false",
    })
    void takesLoopbacksNamesAloneOnLoopback(String host, boolean ours) throws IOException {
        AdminNames names = new AdminNames(List.of());
        for (String address : List.of("127.0.0.1", "127.0.1.1", "::1")) {
            assertThat(names.refusal(host, InetAddress.getByName(address)).isEmpty())
                    .as("%s on %s", host, address)
                    .isEqualTo(ours);
        }
        assertThat(names.refusal(host, InetAddress.getByName("192.0.2.7"))).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "echo.example, true",
        "Echo.Example:80, true",
        "198.51.100.1:30106, true",
        "[2001:DB8:0::1]:80, true",
        "localhost, true",
        "192.0.2.7:2106, true",
        "evil.example, false",
        "a.echo.example, false",
        "192.0.2.8, false",
    })
    void takesWhatItWasToldEverywhere(String host, boolean ours) throws IOException {
        AdminNames names = new AdminNames(List.of("echo.example", "198.51.100.1", "2001:db8::1"));
        assertThat(names.refusal(host, InetAddress.getByName("192.0.2.7")).isEmpty())
                .isEqualTo(ours);
    }

    @Test
    void refusesEveryPageToAForgedName() throws IOException {
        try (EchoServer server = TestServers.start(Transport.NIO)) {
            for (String path : List.of("/", "/events", "/info", "/metrics", "/livez", "/none")) {
                Http.Answer answer = ask(server, "127.0.0.1", path, "evil.example");
                assertThat(answer.status()).as(path).isEqualTo(421);
                assertThat(answer.body()).contains("--admin-name").doesNotContain("evil");
            }
            assertThat(ask(server, "127.0.0.1", "/livez", "localhost").status()).isEqualTo(200);
            try (Http http = new Http(server)) {
                http.send("GET http://evil.example/info HTTP/1.1\r\nHost: localhost\r\n\r\n");
                assertThat(http.answer(true).status()).isEqualTo(421);
                assertThat(http.ask("GET", "/livez").status()).as("the next").isEqualTo(200);
            }
        }
    }

    /** Prometheus, a kubelet and a balancer name the container, or its address. */
    @Test
    void takesAnyNameOverTheNetworkUntilItIsToldSome() throws IOException {
        Optional<String> network =
                NetworkInterface.networkInterfaces()
                        .flatMap(NetworkInterface::inetAddresses)
                        .filter(a -> a.getAddress().length == 4 && !a.isLoopbackAddress())
                        .map(InetAddress::getHostAddress)
                        .findFirst();
        assumeTrue(network.isPresent(), "this machine has no address but loopback");
        String address = network.get();
        try (EchoServer server = startOnAll(List.of())) {
            assertThat(ask(server, address, "/info", "server:2106").status()).isEqualTo(200);
            assertThat(ask(server, "127.0.0.1", "/info", "server:2106").status()).isEqualTo(421);
        }
        try (EchoServer server = startOnAll(List.of("echo.example"))) {
            assertThat(ask(server, address, "/info", "server:2106").status()).isEqualTo(421);
            assertThat(ask(server, address, "/info", address + ":9").status()).isEqualTo(200);
            assertThat(ask(server, address, "/info", "echo.example").status()).isEqualTo(200);
            assertThat(ask(server, "127.0.0.1", "/info", "echo.example").status()).isEqualTo(200);
        }
    }

    private static EchoServer startOnAll(List<String> names) throws IOException {
        ServerConfig config = TestServers.config(Transport.NIO);
        return EchoServer.start(
                config.withAdmin(Optional.of(new ServerConfig.Admin("0.0.0.0", 0, names))));
    }

    private static Http.Answer ask(EchoServer server, String at, String path, String host)
            throws IOException {
        int port = server.addresses().admin().orElseThrow().getPort();
        try (Http http = new Http(new InetSocketAddress(at, port))) {
            http.send("GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
            return http.answer(true);
        }
    }
}
