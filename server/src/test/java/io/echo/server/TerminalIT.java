package io.echo.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.echo.testing.BashCompletion;
import io.echo.testing.Programs;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Checks what a person at a terminal, and a shell, see of the runnable jar. */
@Timeout(60)
class TerminalIT {
    private static BashCompletion completion;

    @BeforeAll
    static void printCompletion(@TempDir Path shared) throws Exception {
        List<String> command = jar("completion", "bash");
        completion = BashCompletion.of("echo-server", command, shared.resolve("completion"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--transport _            | nio epoll io_uring auto",
                "--port 7 --transport io  | io_uring",
                "--transport =            | nio epoll io_uring auto",
                "--transport = e          | epoll",
                "--protocols _            | udp tcp",
                "--log-format = j         | json",
                "--drain                  | --drain-delay --drain-timeout",
                "--port _                 | ''",
                "c                        | completion",
                "completion _             | bash",
            })
    void completesInBash(String line, String candidates) throws Exception {
        assertThat(completion.candidates(line)).isEqualTo(candidates);
    }

    @Test
    void saysWhichShellsItKnows() throws Exception {
        Peers.Result result =
                Peers.run(new byte[0], jar("completion", "zsh").toArray(String[]::new));
        assertThat(result.exitCode()).isEqualTo(2);
        assertThat(result.out()).isEmpty();
        assertThat(result.err()).startsWith("echo-server: SHELL must be bash, got zsh");
    }

    @Test
    void helpIsBoldWhereItIsWantedAndTheSameWordsElsewhere() throws Exception {
        String piped = text(run(jar("--help")));
        assertThat(piped).doesNotContain("\u001b");
        assertThat(piped.lines()).allMatch(line -> line.length() <= 80);

        assertThat(onTerminal("NO_COLOR=1", "TERM=xterm")).isEqualTo(piped);
        assertThat(onTerminal("--unset=NO_COLOR", "TERM=dumb")).isEqualTo(piped);
        String bold = onTerminal("--unset=NO_COLOR", "TERM=xterm");
        assertThat(bold).contains("\u001b[1m--port");
        assertThat(bold.replaceAll("\u001b\\[[0-9;]*m", "")).isEqualTo(piped);
    }

    /** The help, as a terminal gets it under this environment. */
    private static String onTerminal(String... environment) throws Exception {
        Programs.require("script");
        List<String> command = new ArrayList<>(List.of("env"));
        command.addAll(List.of(environment));
        command.addAll(List.of("script", "-qec", String.join(" ", jar("--help")), "/dev/null"));
        return text(run(command)).replace("\r\n", "\n");
    }

    private static List<String> jar(String... arguments) {
        return ServerProcess.brief(arguments);
    }

    private static byte[] run(List<String> command) throws Exception {
        Peers.Result result = Peers.run(new byte[0], command.toArray(String[]::new));
        assertThat(result.err()).isEmpty();
        assertThat(result.exitCode()).isZero();
        return result.out();
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
