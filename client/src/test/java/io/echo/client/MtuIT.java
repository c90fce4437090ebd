package io.echo.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.parallel.ExecutionMode.CONCURRENT;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.echo.testing.Namespace;
import io.echo.testing.Programs;
import io.echo.testing.RoutedNetwork;
import io.echo.testing.RunnableJar;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;

/** {@code mtu} through a router whose far link is small, with and without ICMP. */
@Timeout(120)
@Execution(CONCURRENT)
class MtuIT {
    private static final int LARGEST = 65_507;

    /** Leaves some of the time for a machine that is busy. */
    private static final String TIMEOUT = "--timeout=500ms";

    @TempDir private Path directory;

    @BeforeEach
    void requireNft() throws IOException {
        Namespace.requireRoot();
        Programs.require("nft");
    }

    @Test
    @Tag("long")
    void theRouterTells() throws Exception {
        try (RoutedNetwork net = RoutedNetwork.open()) {
            serve(net);
            net.farMtu(1_300);
            JsonObject v4 = json(net, RoutedNetwork.SERVER_4);
            assertFound(v4, 1_272, "told", "path");
            assertThat(v4.get("path_mtu").getAsInt()).isEqualTo(1_300);
            assertThat(v4.get("interface_mtu").getAsInt()).isEqualTo(1_500);
            assertThat(v4.get("passes_fragmented").getAsInt()).isEqualTo(LARGEST);
            assertFound(json(net, RoutedNetwork.SERVER_6), 1_252, "told", "path");
            assertThat(text(net, RoutedNetwork.SERVER_4))
                    .contains("1272 bytes come back whole (1300 bytes of IP packet)")
                    .contains("a router on the way said by ICMP that its link takes 1300 bytes");

            // For ten minutes the kernel remembers 1300; what comes back is the truth.
            net.farMtu(1_500);
            JsonObject grown = json(net, RoutedNetwork.SERVER_4);
            assertFound(grown, 1_472, "told", "local");
            assertThat(grown.get("path_mtu").getAsInt()).isEqualTo(1_300);
            assertThat(grown.get("interface_mtu").getAsInt()).isEqualTo(1_500);
            assertThat(text(net, RoutedNetwork.SERVER_4)).contains("still takes the path for 1300");
        }
    }

    /** One object for each family of a name, each on a line of its own. */
    @Test
    @Tag("long")
    void theInterfaceItselfIsTheLimitOfBothFamilies() throws Exception {
        Path hosts =
                Files.writeString(
                        directory.resolve("hosts"),
                        RoutedNetwork.SERVER_6 + " both\n" + RoutedNetwork.SERVER_4 + " both\n");
        try (RoutedNetwork net = RoutedNetwork.open()) {
            serve(net);
            net.client().ip("link set c0 mtu 1300");
            List<String> command =
                    new ArrayList<>(
                            RunnableJar.brief(
                                    Path.of("target", "echo-client.jar"),
                                    "mtu",
                                    "udp://both",
                                    "--json"));
            command.add(1, "-Djdk.net.hosts.file=" + hosts);
            List<String> lines = net.client().run(command.toArray(String[]::new)).lines().toList();
            assertThat(lines).hasSize(2);
            for (int i = 0; i < 2; i++) {
                JsonObject json = JsonParser.parseString(lines.get(i)).getAsJsonObject();
                assertThat(json.get("family").getAsString()).isEqualTo(i == 0 ? "ipv4" : "ipv6");
                assertFound(json, i == 0 ? 1_272 : 1_252, "told", "local");
                assertThat(json.get("interface_mtu").getAsInt()).isEqualTo(1_300);
            }
            command.add("-6");
            assertThat(net.client().run(command.toArray(String[]::new)).lines()).hasSize(1);
        }
    }

    /** No ICMP and no fragments; an IPv6 router makes none, so there it takes no rule. */
    @Test
    @Tag("long")
    void aBlackHoleIsSilent() throws Exception {
        try (RoutedNetwork net = RoutedNetwork.open()) {
            serve(net);
            net.farMtu(1_300);
            net.dropIcmpErrors();
            dropFragments(net);
            for (String address : List.of(RoutedNetwork.SERVER_4, RoutedNetwork.SERVER_6)) {
                JsonObject json = json(net, address);
                assertFound(json, 1_300 - headers(address), "silent", null);
                assertThat(json.get("passes_fragmented").isJsonNull()).isTrue();
            }
        }
    }

    @Test
    @Tag("long")
    void aBlackHoleForDfPassesFragments() throws Exception {
        try (RoutedNetwork net = RoutedNetwork.open()) {
            serve(net);
            net.farMtu(1_300);
            net.dropIcmpErrors();
            JsonObject json = json(net, RoutedNetwork.SERVER_4);
            assertFound(json, 1_272, "fragmented", null);
            assertThat(json.get("passes_fragmented").getAsInt()).isEqualTo(LARGEST);
            assertThat(text(net, RoutedNetwork.SERVER_4)).contains("a black hole for DF");
        }
    }

    /** One of eight ways is dead, and then all but one: what lives is measured. */
    @Test
    @Tag("long")
    void deadFlowIsNotSize() throws Exception {
        try (RoutedNetwork net = RoutedNetwork.open()) {
            serve(net);
            net.farMtu(1_300);
            net.rule("udp sport & 7 == 3 drop");
            JsonObject lives = json(net, RoutedNetwork.SERVER_4, "--source-port=40004");
            assertFound(lives, 1_272, "told", "path");
            assertThat(lives.get("local").getAsString()).isEqualTo("10.77.1.1:40004");
            net.clearRules();
            net.rule("udp sport & 7 != 3 udp dport 2105 drop");
            JsonObject json = json(net, RoutedNetwork.SERVER_4);
            String local = json.get("local").getAsString();
            assertThat(Integer.parseInt(local.substring(local.indexOf(':') + 1)) & 7).isEqualTo(3);
            assertFound(json, 1_272, "told", "path");
            assertThat(json.get("passes_fragmented").getAsInt()).isEqualTo(LARGEST);
        }
    }

    @Test
    @Tag("long")
    void lossIsNotSize() throws Exception {
        try (RoutedNetwork net = RoutedNetwork.open()) {
            serve(net);
            net.farMtu(1_300);
            net.dropIcmpErrors();
            dropFragments(net);
            net.rule("udp sport 2105 numgen random mod 100 < 20 drop");
            JsonObject json = json(net, RoutedNetwork.SERVER_4);
            assertFound(json, 1_272, "silent", null);
            assertThat(json.get("small_received").getAsInt())
                    .isLessThan(json.get("small_sent").getAsInt());
        }
    }

    /** Not by MTU but by a rule that answers: the answer is passed on. */
    @Test
    @Tag("long")
    void aFilterThatRejectsIsQuoted() throws Exception {
        try (RoutedNetwork net = RoutedNetwork.open()) {
            serve(net);
            net.rule("udp dport 2105 ip length > 1000 reject with icmp type admin-prohibited");
            JsonObject json = json(net, RoutedNetwork.SERVER_4);
            assertThat(payload(json)).as(json.toString()).isEqualTo(972);
            assertThat(json.get("error").getAsString()).isEqualTo("no route to host");
            assertThat(text(net, RoutedNetwork.SERVER_4))
                    .contains("a filter may reject", "have the filter changed")
                    .doesNotContain("without a word");
        }
    }

    private static void dropFragments(RoutedNetwork net) throws IOException {
        Namespace server = net.server();
        server.nft("add table inet echo");
        server.nft("add chain inet echo in { type filter hook prerouting priority -450 ; }");
        server.nft("add rule inet echo in ip frag-off & 0x3fff != 0 drop");
    }

    /** Starts the server, which ends with the network. */
    private static void serve(RoutedNetwork net) throws IOException {
        Path jar = Path.of("..", "server", "target", "echo-server.jar");
        List<String> command =
                RunnableJar.brief(
                        jar,
                        "--host",
                        RoutedNetwork.SERVER_4,
                        "--host",
                        RoutedNetwork.SERVER_6,
                        "--admin-port",
                        "off",
                        "--transport",
                        "epoll");
        Process server =
                new ProcessBuilder(net.server().command(command))
                        .redirectError(ProcessBuilder.Redirect.DISCARD)
                        .start();
        BufferedReader out = server.inputReader();
        assertThat(out.readLine()).startsWith("ready ");
    }

    private static String text(RoutedNetwork net, String address, String... flags)
            throws IOException {
        String host = address.contains(":") ? "[" + address + "]" : address;
        List<String> command =
                new ArrayList<>(
                        RunnableJar.brief(
                                Path.of("target", "echo-client.jar"),
                                "mtu",
                                "udp://" + host,
                                TIMEOUT));
        command.addAll(List.of(flags));
        return net.client().run(command.toArray(String[]::new));
    }

    private static JsonObject json(RoutedNetwork net, String address, String... flags)
            throws IOException {
        String[] all = Arrays.copyOf(flags, flags.length + 1);
        all[flags.length] = "--json";
        return JsonParser.parseString(text(net, address, all)).getAsJsonObject();
    }

    private static int headers(String address) {
        return address.contains(":") ? 48 : 28;
    }

    private static int payload(JsonObject json) {
        return json.getAsJsonObject("largest").get("payload_bytes").getAsInt();
    }

    private static void assertFound(JsonObject json, int payload, String reason, String by) {
        assertThat(payload(json)).as(json.toString()).isEqualTo(payload);
        assertThat(json.get("reason").getAsString()).as(json.toString()).isEqualTo(reason);
        if (by == null) {
            assertThat(json.get("by").isJsonNull()).isTrue();
        } else {
            assertThat(json.get("by").getAsString()).isEqualTo(by);
        }
    }
}
