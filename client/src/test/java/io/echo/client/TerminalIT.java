package io.echo.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.echo.client.command.Run;
import io.echo.testing.BashCompletion;
import io.echo.testing.RunnableJar;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Checks what a person at a terminal, and a shell, see of the runnable jar. */
@Timeout(60)
class TerminalIT {
    private static final String COLOUR = "\u001b\\[[0-9;]*m";

    private static BashCompletion completion;

    @TempDir private Path directory;

    @BeforeAll
    static void printCompletion(@TempDir Path shared) throws Exception {
        List<String> command = jar("completion", "bash");
        completion = BashCompletion.of("echo-client", command, shared.resolve("completion"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "pi                       | ping",
                "ping --transport _       | nio epoll io_uring auto",
                "send --transport = e     | epoll",
                "ping --js                | --json --json-stream",
                "check --exp              | --expect",
                "check --expect _         | udp tcp udp4 tcp4 udp6 tcp6",
                "completion _             | bash",
                "_                        | send ping mtu check completion",
            })
    void completesInBash(String line, String candidates) throws Exception {
        assertThat(completion.candidates(line)).isEqualTo(candidates);
    }

    @Test
    void helpIsBoldWhereItIsWantedAndTheSameWordsElsewhere() throws Exception {
        for (List<String> help : List.of(List.of("--help"), List.of("ping", "--help"))) {
            String[] arguments = help.toArray(String[]::new);
            String piped = run(jar(arguments));
            assertPlain(piped);
            assertThat(onTerminal(List.of("NO_COLOR=1"), arguments)).isEqualTo(piped);
            String bold = onTerminal(List.of("--unset=NO_COLOR"), arguments);
            assertThat(bold).containsPattern("\u001b\\[1m--");
            assertThat(bold.replaceAll(COLOUR, "")).isEqualTo(piped);
        }
    }

    /** Lost probes are red on a terminal that allows colour; the words are the same everywhere. */
    @Test
    void pingColoursWhatIsLost() throws Exception {
        try (DatagramSocket deaf = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            String target = "udp://127.0.0.1:" + deaf.getLocalPort();
            String[] ping = {"ping", target, "-c2", "-i10ms", "--timeout=100ms"};
            String piped = run(jar(ping));
            assertThat(piped).contains("2 sent, 0 received, 2 lost, 0 late");
            assertPlain(piped);
            assertThat(onTerminal(List.of("NO_COLOR=1"), ping)).isEqualTo(piped);
            String coloured = onTerminal(List.of("--unset=NO_COLOR"), ping);
            assertThat(coloured).contains("\u001b[1;31m2 lost\u001b[m");
            assertThat(coloured.replaceAll(COLOUR, "")).isEqualTo(piped);
        }
    }

    /** A path that should echo and does not is red; long lines break on a terminal alone. */
    @Test
    void checkColoursStatesAndKeepsItsColumns() throws Exception {
        try (DatagramSocket deaf = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            String[] check = {"check", "127.0.0.1:" + deaf.getLocalPort(), "--timeout=100ms"};
            String piped = run(jar(check));
            assertThat(piped.lines())
                    .hasSize(4)
                    .anyMatch(line -> line.startsWith("udp4  silent       127.0.0.1:"))
                    .noneMatch(line -> line.contains("\u001b"));
            String screen = onTerminal(List.of("--unset=NO_COLOR"), check);
            assertThat(screen)
                    .startsWith("udp4  \u001b[1;31msilent     \u001b[m  127.0.0.1:")
                    .contains("\nudp6  no address   127.0.0.1 is");
            String plain = screen.replaceAll(COLOUR, "");
            assertPlain(plain);
            assertThat(plain.lines().skip(1).findFirst().orElseThrow()).matches(" {19}\\S.*");
        }
    }

    @Test
    void pingFitsWhileItGoesWell() throws Exception {
        try (UdpPeer peer = UdpPeer.echo()) {
            String[] ping = {"ping", peer.target().toString(), "-c3", "-i10ms", "--timeout=20s"};
            String screen = onTerminal(List.of("--unset=NO_COLOR"), ping);
            assertThat(screen).containsPattern("seq=2 bytes=64 time=[0-9.]+ ms\n");
            assertPlain(screen);
        }
    }

    private static void assertPlain(String text) {
        assertThat(text).doesNotContain("\u001b").doesNotContain("\r");
        assertThat(text.lines()).isNotEmpty().allMatch(line -> line.length() <= 80);
    }

    private String onTerminal(List<String> environment, String... arguments) throws Exception {
        ForeignServer.require("script");
        List<String> command = new ArrayList<>(List.of("env", "TERM=xterm"));
        command.addAll(environment);
        String line = String.join(" ", jar(arguments));
        command.addAll(List.of("script", "-qec", line, "/dev/null"));
        return run(command).replace("\r\n", "\n");
    }

    private static List<String> jar(String... arguments) {
        return RunnableJar.brief(Path.of("target", "echo-client.jar"), arguments);
    }

    private String run(List<String> command) throws Exception {
        Path out = directory.resolve("out");
        Process process =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(out.toFile())
                        .start();
        try {
            process.getOutputStream().close();
            assertThat(process.waitFor(30, TimeUnit.SECONDS)).as("ends").isTrue();
            return Run.withoutStalls(Files.readString(out, StandardCharsets.UTF_8));
        } finally {
            process.destroyForcibly();
        }
    }
}
