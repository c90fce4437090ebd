package io.echo.server.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.echo.server.config.FaultPort;
import io.echo.server.config.FaultProfile;
import io.echo.server.config.ServerConfig;
import io.echo.server.config.ServerConfig.Faults;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

/** The flags of fault ports, alone and beside the others. */
class FaultFlagsTest {
    private static ServerConfig config(String... arguments) {
        ServerFlags flags = new ServerFlags();
        new CommandLine(flags.addTo(CommandSpec.create())).parseArgs(arguments);
        return flags.config();
    }

    @Test
    void readsPortsInTheirOrder() {
        assertThat(config("--fault", "2111:loss=1%,seed=1", "--fault=0:half-close,seed=2").faults())
                .isEqualTo(
                        new Faults(
                                List.of(
                                        new FaultPort(2_111, FaultProfile.parse("loss=1%,seed=1")),
                                        new FaultPort(0, FaultProfile.parse("half-close,seed=2"))),
                                false));
        assertThat(config().faults()).isEqualTo(Faults.NONE);
    }

    @Test
    void readsTheEnvironmentsForm() {
        Faults faults =
                Variables.config(
                                Map.of(
                                        "ECHO_FAULT",
                                        "2111:loss=1%,seed=1; 2112:delay=5ms,seed=2",
                                        "ECHO_FAULT_PUBLIC",
                                        "true"))
                        .faults();
        assertThat(faults.ports()).extracting(FaultPort::port).containsExactly(2_111, 2_112);
        assertThat(faults.forAnybody()).isTrue();
        assertThat(Variables.config(Map.of("ECHO_FAULT_PUBLIC", "false")).faults())
                .isEqualTo(Faults.NONE);
    }

    @Test
    void aFlagWithoutValueIsOn() {
        String[] before = {"--fault-public", "--fault", "0:loss=1%"};
        String[] after = {"--fault", "0:loss=1%", "--fault-public"};
        assertThat(config(before).faults().forAnybody()).isTrue();
        assertThat(config(after).faults().forAnybody()).isTrue();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--fault x | --fault must be PORT:PROFILE such as 2110:loss=1%,delay=20ms, got x",
                "--fault loss=1% | --fault must be PORT:PROFILE such as"
                        + " 2110:loss=1%,delay=20ms, got loss=1%",
                "--fault x:loss=1% | --fault must be PORT:PROFILE such as"
                        + " 2110:loss=1%,delay=20ms, got x:loss=1%",
                "--fault= | --fault must be PORT:PROFILE such as 2110:loss=1%,delay=20ms, got"
                        + " nothing",
                "--fault 1:loss=1%; | --fault must be entries separated by ;, without empty ones,"
                        + " got '1:loss=1%;'",
                "--fault ;1:loss=1% | --fault must be entries separated by ;, without empty ones,"
                        + " got ';1:loss=1%'",
                "--fault 1:loss=1%;;2:loss=1% | --fault must be entries separated by ;, without"
                        + " empty ones, got '1:loss=1%;;2:loss=1%'",
                "--fault 1: | --fault profile must be members such as loss=1%,delay=20ms, got"
                        + " nothing",
                "--fault 70000:loss=1% | --fault port must be a number from 0 to 65535, got"
                        + " 70000",
                "--fault 1:loss=101% | --fault loss must be from 0% to 100%, got 101%",
                "--fault 1:loss=-1% | --fault loss must be from 0% to 100%, got -1%",
                "--fault 1:loss=1000% | --fault loss must be from 0% to 100%, got 1000%",
                "--fault 1:delay=2h | --fault delay must be at most 1h, got 7200s",
                "--fault 1:jitter=61m | --fault jitter must be at most 1h, got 3660s",
                "--fault 1:loss=1% --fault 1:loss=2% | --fault must be for each port once, got 1"
                        + " twice",
                "--fault 1:loss=1%;1:loss=2% | --fault must be for each port once, got 1 twice",
                "--fault-public | --fault-public must come with --fault, got none",
                "--fault 1:loss=1% --fault-public=x | --fault-public must be true or false, got x",
                "--fault 2105:loss=1% | --fault must not be --port, got 2105",
                "--fault 2106:loss=1% | --fault must not be --admin-port, got 2106",
                "--fault 9:loss=1% --port 9 --admin-port off | --fault must not be --port, got 9",
                "--fault 2107:loss=1% --tls-port 2107 --tls-cert a --tls-key b | --fault must not"
                        + " be --tls-port, got 2107",
            })
    void saysWhatIsWrong(String arguments, String message) {
        assertThatThrownBy(() -> config(arguments.split(" ")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }

    @Test
    void takesAsManyPortsAsThereMayBe() {
        String most = "0:loss=1%;".repeat(Faults.MAX_PORTS - 1) + "0:loss=1%";
        assertThat(config("--fault", most).faults().ports()).hasSize(Faults.MAX_PORTS);
        assertThatThrownBy(() -> config("--fault", most + ";0:loss=1%"))
                .hasMessage("--fault must be given at most 16 times, got 17");
    }

    @ParameterizedTest
    @CsvSource({
        // Over UDP alone, nothing meets the admin port or TLS.
        "--fault 2106:loss=1% --protocols udp",
        "--fault 2107:loss=1% --protocols udp --tls-port 2107 --tls-cert a --tls-key b",
        // No address in common with the admin port.
        "--fault 2106:loss=1% --host 127.0.0.2",
        "--fault 2106:loss=1% --host ::1",
        "--fault 2106:loss=1% --admin-port off",
        "--fault 0:loss=1% --fault 0:loss=1% --port 0",
    })
    void takesPortsThatDoNotCollide(String arguments) {
        assertThat(config(arguments.split(" ")).faults().ports()).isNotEmpty();
    }
}
