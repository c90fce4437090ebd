package io.echo.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.echo.net.Protocol;
import io.echo.net.Transport;
import io.echo.server.command.ServerFlags;
import io.echo.server.config.ServerConfig.Access;
import io.echo.server.config.ServerConfig.Admin;
import io.echo.server.config.ServerConfig.Drain;
import io.echo.server.config.ServerConfig.Listen;
import io.echo.server.config.ServerConfig.TcpLimits;
import io.echo.server.config.ServerConfig.UdpLimits;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

class ServerConfigTest {
    @Test
    void hasTheDefaultsOfTheFace() {
        int cores = Runtime.getRuntime().availableProcessors();
        assertThat(ServerConfig.DEFAULT)
                .isEqualTo(
                        new ServerConfig(
                                new Listen(
                                        List.of(),
                                        2105,
                                        Set.of(Protocol.UDP, Protocol.TCP),
                                        Transport.NIO,
                                        cores),
                                Optional.of(new Admin("127.0.0.1", 2106)),
                                new Access(Optional.empty(), List.of(), List.of()),
                                new UdpLimits(
                                        1_000, 1_048_576, OptionalDouble.empty(), 65_527, Set.of()),
                                new TcpLimits(
                                        OptionalInt.empty(),
                                        OptionalInt.empty(),
                                        100,
                                        Duration.ofMinutes(5),
                                        Duration.ofSeconds(30),
                                        Duration.ofSeconds(30)),
                                new Drain(Duration.ZERO, Duration.ofSeconds(5)),
                                Optional.empty(),
                                new ServerConfig.Faults(List.of(), false)));
    }

    @Test
    void isTheDefaultWhenNoFlagIsGiven() {
        assertThat(parse()).isEqualTo(ServerConfig.DEFAULT);
    }

    @Test
    void readsTheNamesOfTheAdminPort() {
        assertThat(parse("--admin-name", "a.example,::1", "--admin-name", "b").admin())
                .contains(new Admin("127.0.0.1", 2106, List.of("a.example", "::1", "b")));
    }

    @ParameterizedTest
    @CsvSource({"10000, 256", "1024, 256", "256, 64", "64, 16", "7, 1", "1, 1"})
    void leavesThreeQuartersOfAllConnectionsToOtherSources(int all, int one) {
        assertThat(TcpLimits.DEFAULT.perSource(all)).isEqualTo(one);
        assertThat(parse("--max-connections-per-source", "256").tcp().perSource(all))
                .isEqualTo(256);
    }

    @Test
    void rejectsWhatCannotBeMeantAndSaysWhatMustBe() {
        Listen listen = Listen.DEFAULT;
        assertThatIllegalArgumentException()
                .isThrownBy(() -> listen.withPort(70_000))
                .withMessage("--port must be a number from 0 to 65535, got 70000");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> listen.withPort(-1))
                .withMessage("--port must be a number from 0 to 65535, got -1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> listen.withLoops(0))
                .withMessage("--loops must be a number from 1 to 1024, got 0");
        assertThatIllegalArgumentException()
                .isThrownBy(listen::withProtocols)
                .withMessage("--protocols must name udp or tcp, got none");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> listen.withHosts(" "))
                .withMessage("--host must be an address, got nothing");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> listen.withHosts("127.1"))
                .withMessageStartingWith("--host must be a name, or an address such as 192.0.2.1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Admin("010.0.0.1", 0))
                .withMessageStartingWith("--admin-host must be a name, or an address such as");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Admin("127.0.0.1", 65_536))
                .withMessage("--admin-port must be a number from 0 to 65535, got 65536");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Admin("127.0.0.1", 0, List.of("a.example:80")))
                .withMessage(
                        "--admin-name must be a name or an address without a port, got"
                                + " a.example:80");
        UdpLimits udp = UdpLimits.DEFAULT;
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new UdpLimits(0, 1, udp.maxDatagram(), Set.of()))
                .withMessage("--udp-rate must be from 0.001/s to 1000M/s, got 0/s");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                " | false",
                "--host 127.0.0.1 | false",
                "--host 0.0.0.0 | false",
                "--host :: | false",
                "--host 192.0.2.1 --admin-host 0.0.0.0 | false",
                "--host 192.0.2.1 --admin-host :: | false",
                "--host 192.0.2.1 | true",
                "--host ::1 --admin-host 0.0.0.0 | true",
                "--protocols udp | true",
                "--admin-port off | true",
                "--port 0 --admin-port 0 | true",
            })
    void keepsTheAdminPortApartWhereBothWouldListen(String more, boolean fine) {
        List<String> words = new ArrayList<>(List.of("--port", "9000", "--admin-port", "9000"));
        words.addAll(more == null ? List.of() : List.of(more.split(" ")));
        String[] given = words.toArray(String[]::new);
        if (fine) {
            assertThat(parse(given).listen().hosts()).isNotNull();
        } else {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> parse(given))
                    .withMessage("--admin-port must not be --port, got 9000");
        }
    }

    /** An access list of unset variables, {@code "$OFFICE,$VPN"}, must not let everybody in. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "--host",
                "--protocols",
                "--allow",
                "--deny",
                "--trusted",
                "--allow-source-ports"
            })
    void refusesListsWithEmptyItems(String flag) {
        String item =
                switch (flag) {
                    case "--protocols" -> "udp";
                    case "--allow-source-ports" -> "53";
                    default -> "127.0.0.1";
                };
        assertThat(parse(flag, item + "," + item)).isNotNull();
        for (String list : List.of(",", ",,", ", ", item + ",", "," + item, item + ",," + item)) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> parse(flag, list))
                    .withMessage(flag + " must be a list without empty items, got " + list);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> parse(flag, item, flag, list))
                    .withMessage(flag + " must be a list without empty items, got " + list);
        }
        for (String nothing : List.of("", " ")) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> parse(flag, nothing))
                    .withMessage(flag + " must be a list without empty items, got nothing");
        }
    }

    @Test
    void readsTheRateOfTrustedSources() {
        assertThat(parse().udp().trustedPerSecond()).isEqualTo(1_000_000);
        assertThat(parse("--udp-rate", "5").udp().trustedPerSecond()).isEqualTo(5_000);
        assertThat(parse("--trusted-rate", "5k").udp().trustedPerSecond()).isEqualTo(5_000);
        assertThat(parse("--trusted-rate", " unlimited ").udp().trustedPerSecond())
                .isEqualTo(Double.POSITIVE_INFINITY);
        for (String wrong : List.of("0", "2000M", "none", "NaN", "")) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> parse("--trusted-rate", wrong))
                    .withMessageStartingWith("--trusted-rate must be ");
        }
    }

    @Test
    void readsListsWithSpacesAndRepeatedFlags() {
        ServerConfig config =
                parse(
                        "--host",
                        "127.0.0.1, 127.0.0.2",
                        "--host",
                        "::1",
                        "--deny",
                        "10.0.0.0/8 ,192.0.2.1",
                        "--protocols",
                        "tcp, udp",
                        "--allow-source-ports",
                        "53, 1000-1001");
        assertThat(config.listen().hosts()).containsExactly("127.0.0.1", "127.0.0.2", "::1");
        assertThat(config.listen().protocols()).containsOnly(Protocol.UDP, Protocol.TCP);
        assertThat(config.access().deny())
                .containsExactly(
                        Cidr.parse("--deny", "10.0.0.0/8"), Cidr.parse("--deny", "192.0.2.1"));
        assertThat(config.udp().allowedSourcePorts()).containsOnly(53, 1_000, 1_001);
    }

    private static ServerConfig parse(String... words) {
        ServerFlags flags = new ServerFlags();
        new CommandLine(flags.addTo(CommandSpec.create()))
                .setOverwrittenOptionsAllowed(true)
                .parseArgs(words);
        return flags.config();
    }
}
