package io.echo.client.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Addresses of broadcasts: of all hosts, and of the network of the loopback interface. */
@Timeout(60)
@EnabledOnOs(OS.LINUX)
class BroadcastTargetTest {
    private static final String LOOPBACK = "127.255.255.255";
    private static final String ALL = "255.255.255.255";

    @ParameterizedTest
    @CsvSource({
        "ping, udp, " + ALL,
        "ping, udp, " + LOOPBACK,
        "ping, tcp, " + ALL,
        "ping, tcp, " + LOOPBACK,
        "mtu, udp, " + ALL,
        "mtu, udp, " + LOOPBACK,
        "send, udp, " + LOOPBACK,
        "send, tcp, " + LOOPBACK
    })
    void errorSaysThatItIsABroadcast(String command, String scheme, String address) {
        String target = scheme + "://" + address;
        Run run =
                command.equals("send")
                        ? Run.with(new byte[0], command, target, "hello")
                        : Run.with(new byte[0], command, target);

        assertThat(run.err())
                .contains(": " + address + " is a broadcast address, an echo is asked by unicast")
                .doesNotContain("ermission", "error(", "unreachable")
                .containsOnlyOnce("\n");
        assertThat(run.exit()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {ALL, LOOPBACK})
    void checkBlamesNoRoute(String address) {
        JsonObject json =
                JsonParser.parseString(Run.with(new byte[0], "check", address, "--json").out())
                        .getAsJsonObject();
        for (int i = 0; i < 2; i++) {
            JsonObject path = json.getAsJsonArray("checks").get(i).getAsJsonObject();
            assertThat(path.get("name").getAsString()).isIn("udp4", "tcp4");
            assertThat(path.get("state").getAsString()).isEqualTo("failed");
            assertThat(path.get("reason").getAsString())
                    .startsWith(address + " is a broadcast address, an echo is asked by unicast")
                    .doesNotContain("route");
        }
        assertThat(Run.with(new byte[0], "check", address).exit()).isEqualTo(1);
    }
}
