package io.echo.client.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.echo.client.TcpPeer;
import io.echo.client.Transports;
import io.echo.client.UdpPeer;
import io.echo.net.Target;
import io.echo.net.Transport;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(60)
class ClientMainTest {
    private static final byte[] NOTHING = {};

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--frob | unknown flag --frob (see echo-client --help)",
                "--count 1 localhost | unknown flag --count; did you mean ping -c? (see"
                        + " echo-client",
                "-c3 localhost | -c is a flag of ping: the command comes first, as in echo-client",
                "-i 1s ping localhost | -i is a flag of ping: the command comes first, as in",
                "send --json localhost x | unknown flag --json (see echo-client send --help)",
                "ping localhost -c | -c needs a value: COUNT (see echo-client ping --help)",
                "pin localhost | unknown command pin; did you mean ping? (see echo-client --help)",
                "PING localhost | unknown command PING; did you mean ping? (see echo-client",
                "--timeuot 1s localhost | unknown flag --timeuot; did you mean --timeout?",
                "check udp://localhost:9 | HOST must be without a scheme, since both protocols are"
                        + " asked, as in localhost:9, got udp://localhost:9 (see echo-client check",
                "check tcp:// | HOST must be without a scheme, since both protocols are asked, as"
                        + " in localhost:2105, got tcp://",
                "check ::1 | IPv6 address must stand in brackets, as in [::1]:2105, got ::1 (see",
                "check fe80::1:2105 | IPv6 address must stand in brackets, as in [fe80::1]:2105",
                "check localhost:0 | port must be from 1 to 65535, got \"0\"",
                "check 010.0.0.1 | host must be a name, or an address such as 192.0.2.1",
                "check | HOST[:PORT] is missing (see echo-client check --help)",
                "check localhost --expect=udp5 | --expect must be a list of udp, tcp, udp4, tcp4,"
                        + " udp6, tcp6, got udp5 (see echo-client check --help)",
                "check localhost --expect=udp,,tcp | --expect must be a list of udp, tcp, udp4,"
                        + " tcp4, udp6, tcp6, got \"udp,,tcp\"",
                "check localhost --expect= | --expect must be a list of udp, tcp, udp4, tcp4,"
                        + " udp6, tcp6, got \"\"",
                "check localhost --expect | --expect needs a value: LIST",
                "check localhost --timeout 0 | --timeout must be longer than zero, got 0",
                "send localhost | TEXT is missing (see echo-client send --help)",
                "send | TARGET is missing (see echo-client send --help)",
                "send localhost two words | one argument too many: words (see echo-client send",
                "localhost hello | one argument too many: hello (see echo-client --help)",
                "::1 | IPv6 address must stand in brackets, as in tcp://[::1]:2105, got ::1",
                "send ::1 x | IPv6 address must stand in brackets",
                "gopher://localhost | target must begin with udp://, tcp:// or tls://",
                "localhost:70000 | port must be from 1 to 65535, got \"70000\"",
                "localhost --timeout soon | --timeout must be a duration",
                "localhost --timeout 0 | --timeout must be longer than zero, got 0",
                "localhost --timeout 25h | --timeout must be more than 0 and at most 86400s",
                "ping localhost --timeout 25h | --timeout must be more than 0 and at most 86400s",
                "ping localhost -c 9223372036854775807 | -c must be a whole number from 1 to 1000",
                "mtu localhost | TARGET of mtu must be udp://host:port, got localhost (see"
                        + " echo-client mtu",
                "mtu tcp://localhost | TARGET of mtu must be udp://host:port, got tcp://localhost",
                "mtu udp://localhost --timeout 0 | --timeout must be longer than zero, got 0",
                "mtu udp://127.0.0.1 -6 | -6 must be given with a name or an IPv6 address, got 127",
                "mtu udp://[::1] -4 | -4 must be given with a name or an IPv4 address, got [::1]",
                "mtu | TARGET is missing (see echo-client mtu --help)",
                "localhost --transport kqueue | --transport must be nio, epoll, io_uring or auto",
                "--timeout 2s send localhost x | the command comes first, as in echo-client send"
                        + " TARGET",
            })
    void wrongCommandLineIsOneClearLineAndTwo(String line, String message) {
        Run run = Run.with(NOTHING, line.split(" "));

        assertThat(run.err()).startsWith("echo-client: " + message).containsOnlyOnce("\n");
        assertThat(run.exit()).isEqualTo(2);
        assertThat(run.out()).isEmpty();
    }

    @Test
    void targetMustBeGiven() {
        Run run = Run.with(NOTHING);

        assertThat(run.err())
                .isEqualTo(
                        "echo-client: TARGET is missing, as in echo-client udp://localhost"
                                + " (see echo-client --help)\n");
        assertThat(run.exit()).isEqualTo(2);
    }

    @ParameterizedTest
    @CsvSource({"--help", "send --help", "ping --help", "mtu --help", "check --help"})
    void helpGoesToOutputWithTheDefaults(String line) {
        Run run = Run.with(NOTHING, line.split(" "));

        assertThat(run.exit()).isZero();
        assertThat(run.err()).isEmpty();
        assertThat(run.out()).startsWith("Usage: echo-client").contains("Default: 1s.", "auto.");
    }

    @ParameterizedTest
    @CsvSource({
        "--version",
        "send --version",
        "ping --version",
        "mtu --version",
        "check --version"
    })
    void versionGoesToOutput(String line) {
        Run run = Run.with(NOTHING, line.split(" "));

        assertThat(run).isEqualTo(new Run(0, run.bytes(), ""));
        assertThat(run.out()).matches("echo-client \\S+ \\(\\S+\\)\n");
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void sendPrintsTheReplyAndNewline(Transport transport) throws Exception {
        Transports.options(transport);
        try (UdpPeer udp = UdpPeer.echo();
                TcpPeer tcp = TcpPeer.echo()) {
            for (Target target : new Target[] {udp.target(), tcp.target()}) {
                boolean noEmpty = transport == Transport.NIO && target.equals(udp.target());
                for (String text : new String[] {"grüße, 世界", noEmpty ? "x" : ""}) {
                    Run run = send(target, text, "--transport", transport.toString());

                    assertThat(run.err()).isEmpty();
                    assertThat(run.out()).isEqualTo(text + "\n");
                    assertThat(run.exit()).isZero();
                }
            }
        }
    }

    @Test
    void sendPrintsWhatCameOfAShortReply() throws Exception {
        try (TcpPeer peer = TcpPeer.echoFirst(3)) {
            Run run = send(peer.target(), "hello");

            assertThat(run.exit()).isEqualTo(1);
            assertThat(run.out()).isEqualTo("hel\n");
            assertThat(run.err())
                    .startsWith("echo-client: " + peer.target() + ": connection ")
                    .endsWith(", 3 of 5 bytes back\n")
                    .containsOnlyOnce("\n");
        }
    }

    @Test
    void sendTellsOfADatagramThatIsNoReply() throws Exception {
        try (UdpPeer peer =
                UdpPeer.start(
                        (datagram, sender) ->
                                sender.send("Sunday".getBytes(StandardCharsets.US_ASCII)))) {
            Run run = send(peer.target(), "hi", "--timeout", "500ms");
            assertThat(run.exit()).isEqualTo(1);
            assertThat(run.err())
                    .contains("what came is no reply to this message (datagrams: 1)")
                    .contains("no reply within 500ms");
        }
    }

    @Test
    void sendEndsWithFourWhenAPartOfTheReplyIsWrong() throws Exception {
        try (TcpPeer peer =
                TcpPeer.start(
                        socket -> {
                            socket.getInputStream().readNBytes(5);
                            socket.getOutputStream().write(new byte[] {'j', 'e'});
                        })) {
            Run run = send(peer.target(), "hello");
            assertThat(run.exit()).as(run.err()).isEqualTo(4);
            assertThat(run.err()).contains("corrupt reply: byte 0 of 5 differs");
        }
    }

    @Test
    void sendPrintsACorruptReplyAndEndsWithFour() throws Exception {
        try (UdpPeer udp = UdpPeer.start((datagram, sender) -> sender.send(new byte[] {'H', 'i'}));
                TcpPeer tcp =
                        TcpPeer.start(
                                socket -> {
                                    socket.getInputStream().readNBytes(2);
                                    socket.getOutputStream().write(new byte[] {'H', 'i'});
                                })) {
            for (Target target : new Target[] {udp.target(), tcp.target()}) {
                Run run = send(target, "hi", "--timeout", "2s");

                assertThat(run.exit()).isEqualTo(4);
                assertThat(run.out()).isEqualTo("Hi\n");
                assertThat(run.err())
                        .isEqualTo("echo-client: corrupt reply: byte 0 of 2 differs\n");
            }
        }
    }

    @Test
    void sendWithoutReplyTimesOut() throws Exception {
        try (UdpPeer udp = UdpPeer.start((datagram, sender) -> {});
                TcpPeer tcp = TcpPeer.mute()) {
            for (Target target : new Target[] {udp.target(), tcp.target()}) {
                Run run = send(target, "hello", "--timeout", "100ms");

                assertThat(run.exit()).isEqualTo(1);
                assertThat(run.out()).isEmpty();
                assertThat(run.err()).isEqualTo("echo-client: no reply within 100ms\n");
            }
        }
    }

    @Test
    void sendTooLargeForADatagramIsAWrongCommandLine() throws Exception {
        try (UdpPeer peer = UdpPeer.echo()) {
            Run run = send(peer.target(), "x".repeat(65_508));

            assertThat(run.exit()).isEqualTo(2);
            assertThat(run.err())
                    .isEqualTo(
                            "echo-client: message must be at most 65507 bytes over UDP,"
                                    + " got 65508 (see echo-client send --help)\n");
        }
    }

    @Test
    void localeChangesNoNumber() throws Exception {
        Locale before = Locale.getDefault();
        Locale.setDefault(Locale.forLanguageTag("ar-EG"));
        try (UdpPeer udp = UdpPeer.start((datagram, sender) -> {});
                TcpPeer tcp = TcpPeer.echoFirst(3)) {
            byte[] input = {'h', 'e', 'l', 'l', 'o'};
            assertThat(Run.with(input, udp.target().toString(), "--timeout", "100ms").err())
                    .contains("1 of 1 datagrams lost", "no reply within 100ms");
            assertThat(Run.patiently(input, tcp.target().toString()).err()).contains("of 5 bytes");
        } finally {
            Locale.setDefault(before);
        }
    }

    private static Run send(Target target, String text, String... flags) {
        String[] args = new String[flags.length + 3];
        args[0] = "send";
        args[1] = target.toString();
        args[2] = text;
        System.arraycopy(flags, 0, args, 3, flags.length);
        return List.of(flags).contains("--timeout")
                ? Run.with(NOTHING, args)
                : Run.patiently(NOTHING, args);
    }
}
