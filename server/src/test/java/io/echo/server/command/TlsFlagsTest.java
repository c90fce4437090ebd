package io.echo.server.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.echo.server.config.ServerConfig;
import io.echo.server.config.TlsPort;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

class TlsFlagsTest {
    private static ServerConfig parse(String arguments) {
        ServerFlags flags = new ServerFlags();
        new CommandLine(flags.addTo(CommandSpec.create())).parseArgs(arguments.split(" +"));
        return flags.config();
    }

    @Test
    void readsAPortAndItsFiles() {
        assertThat(parse("--port 0 --tls-port 2107 --tls-cert c --tls-key k").tls())
                .contains(new TlsPort(2107, Path.of("c"), Path.of("k"), Optional.empty()));
        assertThat(parse("--tls-port=0 --tls-cert=c --tls-key=k --tls-client-ca=ca").tls())
                .contains(new TlsPort(0, Path.of("c"), Path.of("k"), Optional.of(Path.of("ca"))));
        assertThat(parse("--tls-port off").tls()).isEmpty();
    }

    /** A port is common to two that share an address and a protocol, else not. */
    @Test
    void takesAPortTwiceWhereTheyDoNotMeet() {
        assertThat(parse("--protocols udp --tls-port 2105 --tls-cert c --tls-key k").tls())
                .isPresent();
        assertThat(parse("--host 127.0.0.2 --tls-port 2106 --tls-cert c --tls-key k").tls())
                .isPresent();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--tls-port 0 | --tls-cert must be given with --tls-port, got none",
                "--tls-port 0 --tls-cert c | --tls-key must be given with --tls-port, got none",
                "--tls-port 0 --tls-key k | --tls-cert must be given with --tls-port, got none",
                "--tls-cert c | --tls-cert must come with --tls-port, got c alone",
                "--tls-port off --tls-key k | --tls-key must come with --tls-port, got k alone",
                "--tls-client-ca c | --tls-client-ca must come with --tls-port, got c alone",
                "--tls-port 70000 --tls-cert c --tls-key k | --tls-port must be a number from 0 to"
                        + " 65535, got 70000",
                "--tls-port https --tls-cert c --tls-key k | --tls-port must be a whole number, got"
                        + " https",
                "--port 2222 --tls-port 2222 --tls-cert c --tls-key k | --tls-port must not be"
                        + " --port, got 2222",
                "--port 2222 --tls-port 2223 --tls-cert c --tls-key k | --tls-port must not be"
                        + " --admin-port, got 2223",
            })
    void saysWhatIsWrong(String arguments, String message) {
        assertThatThrownBy(() -> parse(arguments))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }
}
