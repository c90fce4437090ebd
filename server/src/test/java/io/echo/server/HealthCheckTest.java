package io.echo.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.echo.net.Protocol;
import io.echo.net.Transport;
import io.echo.server.config.Addresses;
import io.echo.server.config.Cidr;
import io.echo.server.config.ServerConfig;
import io.echo.server.config.ServerConfig.Access;
import io.echo.server.config.ServerConfig.Admin;
import io.echo.server.config.ServerConfig.Drain;
import io.echo.testing.Await;
import io.echo.testing.Programs;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The image's health check, compiled as the image does it, beside servers. */
@Timeout(60)
class HealthCheckTest {
    @TempDir private static Path dir;

    @BeforeAll
    static void compile() throws Exception {
        String cc = Programs.require("cc");
        assertThat(
                        run(
                                Map.of(),
                                List.of(
                                        cc,
                                        "-Os",
                                        "-Wall",
                                        "-Wextra",
                                        "-Werror",
                                        "-o",
                                        dir.resolve("healthcheck").toString(),
                                        Yaml.DOCKER.resolve("image/healthcheck.c").toString())))
                .isEqualTo("0 ");
    }

    @Test
    void asksTheAdminPortWhereverItIs() throws Exception {
        for (String host : List.of("127.0.0.1", "127.0.0.2", "0.0.0.0", "localhost")) {
            ServerConfig config =
                    TestServers.config(Transport.NIO).withAdmin(Optional.of(new Admin(host, 0)));
            try (EchoServer server = EchoServer.start(config)) {
                Map<String, String> environment =
                        Map.of("ECHO_ADMIN_PORT", admin(server), "ECHO_ADMIN_HOST", host);
                awaitHealthy(environment);
            }
        }
    }

    /** Blanks around a value, and a port that only the server knows. */
    @Test
    void readsVariablesAsTheServerDoes() throws Exception {
        try (EchoServer server = TestServers.start(Transport.NIO)) {
            String before = Integer.toString(Integer.parseInt(admin(server)) - 1);
            awaitHealthy(Map.of("ECHO_PORT", " " + before + "\n"));
            awaitHealthy(
                    Map.of(
                            "ECHO_PORT",
                            "tcp://10.0.0.1:2105",
                            "ECHO_ADMIN_HOST",
                            "\t127.0.0.1 ",
                            "ECHO_ADMIN_PORT",
                            " " + admin(server) + " "));
        }
        for (Map<String, String> unknown :
                List.of(
                        Map.of("ECHO_PORT", "0"),
                        Map.of("ECHO_PORT", "0", "ECHO_ADMIN_PORT", " 0 "),
                        Map.of("ECHO_ADMIN_PORT", "0"))) {
            assertThat(check(unknown))
                    .isEqualTo(
                            "1 not ready: the admin port is any free one: set ECHO_ADMIN_PORT\n");
        }
        assertThat(check(Map.of("ECHO_PORT", " 0", "ECHO_ADMIN_PORT", " off ")))
                .startsWith("1 not ready: the port is any free one and the admin port is off");
    }

    @Test
    void asksThePortAfterTheEcho() throws Exception {
        try (EchoServer server = TestServers.start(Transport.NIO)) {
            String before = Integer.toString(Integer.parseInt(admin(server)) - 1);
            awaitHealthy(Map.of("ECHO_PORT", before));
        }
    }

    @Test
    void saysWhyTheServerIsNotReady() throws Exception {
        ServerConfig config =
                TestServers.config(Transport.NIO)
                        .withDrain(new Drain(Duration.ofSeconds(5), Duration.ZERO));
        EchoServer server = EchoServer.start(config);
        Map<String, String> environment = Map.of("ECHO_ADMIN_PORT", admin(server));
        Thread closing = new Thread(server::close);
        closing.start();
        try {
            Http.await(server, "/readyz", a -> a.status() == 503);
            assertThat(check(environment)).isEqualTo("1 not ready: draining\n");
        } finally {
            closing.join();
        }
        assertThat(check(environment)).isEqualTo("1 not ready: no connection to the admin port\n");
    }

    @Test
    void echoesOverWhatIsServedWhenTheAdminPortIsOff() throws Exception {
        for (Protocol[] protocols :
                List.of(Protocol.values(), only(Protocol.UDP), only(Protocol.TCP))) {
            ServerConfig config = off().withListen(off().listen().withProtocols(protocols));
            try (EchoServer server = EchoServer.start(config)) {
                awaitHealthy(off(server, protocols));
            }
        }
    }

    @Test
    void echoesWhereTheServerIsWhenTheAdminPortIsOff() throws Exception {
        String[] hosts = {"127.0.0.3", "127.0.0.4"};
        ServerConfig config = off().withListen(off().listen().withHosts(hosts));
        try (EchoServer server = EchoServer.start(config)) {
            Map<String, String> environment = off(server, Protocol.values());
            assertThat(check(environment)).startsWith("1 ");
            environment.put("ECHO_HOST", String.join(",", hosts));
            awaitHealthy(environment);
        }
    }

    @Test
    void isAClientLikeAnyOtherWhenTheAdminPortIsOff() throws Exception {
        List<Cidr> loopback = List.of(Cidr.parse("--deny", "127.0.0.1/32"));
        Access access = Access.WITHOUT_TRUST.withDeny(loopback);
        try (EchoServer server = EchoServer.start(off().withAccess(access))) {
            assertThatNothingComesBack(server);
        }
    }

    @Test
    void noticesLoopsThatAreAwayWhenTheAdminPortIsOff() throws Exception {
        try (EchoServer server = EchoServer.start(off())) {
            CountDownLatch away = TestServers.keepLoopsAway(server);
            try {
                assertThatNothingComesBack(server);
            } finally {
                away.countDown();
            }
            awaitHealthy(off(server, Protocol.values()));
        }
    }

    private static void assertThatNothingComesBack(EchoServer server) throws Exception {
        for (Protocol protocol : Protocol.values()) {
            assertThat(check(off(server, protocol)))
                    .isEqualToIgnoringCase(
                            "1 not ready: no echo over " + protocol + ", the admin port is off\n");
        }
    }

    /** The program gives up after a second, and a busy machine may need longer. */
    private static void awaitHealthy(Map<String, String> environment) throws Exception {
        Await.until("healthy: " + environment, () -> check(environment).equals("0 "));
    }

    private static Protocol[] only(Protocol protocol) {
        return new Protocol[] {protocol};
    }

    private static ServerConfig off() {
        return TestServers.config(Transport.NIO).withAdmin(Optional.empty());
    }

    private static Map<String, String> off(EchoServer server, Protocol... protocols) {
        Addresses addresses = server.addresses();
        InetSocketAddress address =
                (addresses.udp().isEmpty() ? addresses.tcp() : addresses.udp()).get(0);
        return new HashMap<>(
                Map.of(
                        "ECHO_ADMIN_PORT",
                        "off",
                        "ECHO_PORT",
                        Integer.toString(address.getPort()),
                        "ECHO_PROTOCOLS",
                        Arrays.stream(protocols)
                                .map(Protocol::toString)
                                .collect(Collectors.joining(","))));
    }

    private static String admin(EchoServer server) {
        return Integer.toString(server.addresses().admin().orElseThrow().getPort());
    }

    private static String check(Map<String, String> environment) throws Exception {
        return run(environment, List.of(dir.resolve("healthcheck").toString()));
    }

    /** The exit code, and what it prints. */
    private static String run(Map<String, String> environment, List<String> command)
            throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().keySet().removeIf(name -> name.startsWith("ECHO_"));
        builder.environment().putAll(environment);
        Process process = builder.start();
        byte[] output = process.getInputStream().readAllBytes();
        return process.waitFor() + " " + new String(output, StandardCharsets.UTF_8);
    }
}
