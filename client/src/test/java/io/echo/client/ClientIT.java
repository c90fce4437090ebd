package io.echo.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.echo.client.command.Run;
import io.echo.net.Target;
import io.echo.net.Transport;
import io.echo.testing.Readme;
import io.echo.testing.RunnableJar;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The runnable jar as users start it. */
@Timeout(120)
@Execution(ExecutionMode.CONCURRENT)
class ClientIT {
    private static final Path JAR = Path.of("target", "echo-client.jar");

    /** The same as a shell takes it. */
    private static final String RUN = "'" + String.join("' '", RunnableJar.brief(JAR)) + "'";

    /** Runs a command at a terminal, types the lines of a script, prints what is on the screen. */
    private static final String TERMINAL =
            """
            import os, pty, signal, sys
            steps, command = sys.argv[1].split("|"), sys.argv[2:]
            pid, terminal = pty.fork()
            if pid == 0:
                signal.signal(signal.SIGINT, signal.SIG_DFL) # A shell's background ignores it.
                os.execvp(command[0], command)
            screen = b""
            for step in steps:
                awaited, typed = step.split(">")
                while not screen.decode("utf-8", "replace").endswith(awaited):
                    screen += os.read(terminal, 1)
                os.write(terminal, typed.encode().decode("unicode_escape").encode("latin-1"))
            try:
                while True:
                    more = os.read(terminal, 4096)
                    if not more:
                        break
                    screen += more
            except OSError:
                pass
            status = os.waitpid(pid, 0)[1]
            sys.stdout.buffer.write(screen + b"exit %d" % os.waitstatus_to_exitcode(status))
            """;

    @TempDir private Path directory;

    @ParameterizedTest
    @EnumSource(Transport.class)
    void sixteenMebibytesComeBackAndNothingElseIsPrinted(Transport transport) throws Exception {
        Transports.options(transport);
        Path input = directory.resolve("input");
        byte[] chunk = new byte[1024 * 1024];
        Random random = new Random(7);
        try (OutputStream file = Files.newOutputStream(input)) {
            for (int i = 0; i < 16; i++) {
                random.nextBytes(chunk);
                file.write(chunk);
            }
        }
        try (TcpPeer peer = TcpPeer.echo()) {
            Path output = directory.resolve("output");
            Result result =
                    run(
                            patient(peer.target().toString(), "--transport", transport.toString())
                                    .redirectInput(input.toFile())
                                    .redirectOutput(output.toFile()));

            assertThat(result).isEqualTo(new Result(0, "", ""));
            assertThat(sha256(output)).isEqualTo(sha256(input));
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void sendPrintsTheReplyAloneInPosixLocale(Transport transport) throws Exception {
        Transports.options(transport);
        try (UdpPeer udp = UdpPeer.echo();
                TcpPeer tcp = TcpPeer.echo()) {
            for (Target target : List.of(udp.target(), tcp.target())) {
                ProcessBuilder builder =
                        patient("send", "" + target, "hello", "--transport", "" + transport);
                builder.environment().put("LC_ALL", "C");

                assertThat(run(builder)).isEqualTo(new Result(0, "hello\n", ""));
            }
        }
    }

    @Test
    void textIsUtf8WhateverTheLocale() throws Exception {
        ForeignServer.require("sh");
        try (UdpPeer peer = UdpPeer.echo()) {
            // The shell makes the argument, since the JVM of this test may be unable to.
            String line =
                    ("exec %s send --timeout=20s %s" + " \"$(printf 'gr\\303\\274\\303\\237e')\"")
                            .formatted(RUN, peer.target());
            for (String locale : List.of("C", "C.UTF-8")) {
                ProcessBuilder builder = new ProcessBuilder("sh", "-c", line);
                builder.environment().put("LC_ALL", locale);

                assertThat(run(builder)).isEqualTo(new Result(0, "gr\u00fc\u00dfe\n", ""));
            }
        }
    }

    @Test
    void textThatBeginsWithAnAtSignIsText() throws Exception {
        Path file = Files.writeString(directory.resolve("file"), "content");
        try (UdpPeer peer = UdpPeer.echo()) {
            assertThat(run(patient("send", peer.target().toString(), "@" + file)))
                    .isEqualTo(new Result(0, "@" + file + "\n", ""));
        }
    }

    @Test
    void inputFromNowhereIsAPipe() throws Exception {
        try (TcpPeer tcp = TcpPeer.echo();
                UdpPeer udp = UdpPeer.echo()) {
            for (Target target : List.of(tcp.target(), udp.target())) {
                assertThat(run(builder(target.toString()))).isEqualTo(new Result(0, "", ""));
            }
        }
    }

    @Test
    void closedInputIsAnEmptyPipe() throws Exception {
        ForeignServer.require("sh");
        try (TcpPeer tcp = TcpPeer.echo();
                UdpPeer udp = UdpPeer.echo()) {
            for (Target target : List.of(tcp.target(), udp.target())) {
                for (String closing : List.of("<&-", "<&- 3</dev/null")) {
                    assertThat(run(shell(target, closing)))
                            .as(target + closing)
                            .isEqualTo(new Result(0, "", ""));
                }
            }
        }
    }

    @Test
    void inputIsWhatTheShellRedirects() throws Exception {
        ForeignServer.require("sh");
        Path file = Files.writeString(directory.resolve("input"), "hello\n");
        try (TcpPeer tcp = TcpPeer.echo();
                UdpPeer udp = UdpPeer.echo()) {
            for (Target target : List.of(tcp.target(), udp.target())) {
                assertThat(run(shell(target, "<" + file))).isEqualTo(new Result(0, "hello\n", ""));
                Result result = run(shell(target, "<" + directory));
                assertThat(result.exit()).isEqualTo(1);
                assertThat(result.err())
                        .startsWith("echo-client: ")
                        .endsWith("Is a directory\n")
                        .containsOnlyOnce("\n");
            }
        }
    }

    @Test
    void sendsTheFilesOfItsOwnJvmIfAsked() throws Exception {
        ForeignServer.require("sh");
        Path modules = Path.of(System.getProperty("java.home"), "lib", "modules");
        Path output = directory.resolve("output");
        try (TcpPeer tcp = TcpPeer.echo()) {
            for (Path file : List.of(modules, JAR)) {
                ProcessBuilder builder = shell(tcp.target(), "<" + file);
                assertThat(run(builder.redirectOutput(output.toFile())))
                        .isEqualTo(new Result(0, "", ""));
                assertThat(Files.mismatch(output, file)).isEqualTo(-1);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "--help, >/dev/full",
        "send --timeout=20s TARGET x, >/dev/full",
        "ping -c 1 --json TARGET, >/dev/full",
        "ping -i 20ms TARGET, | head -1 >/dev/null",
    })
    void outputThatCannotBeWrittenIsOneLineAndOne(String arguments, String redirection)
            throws Exception {
        ForeignServer.require("sh");
        try (UdpPeer peer = UdpPeer.echo()) {
            String line =
                    "(%s %s; echo exit $? >&2) %s"
                            .formatted(
                                    RUN,
                                    arguments.replace("TARGET", peer.target().toString()),
                                    redirection);
            String err = run(new ProcessBuilder("sh", "-c", line)).err();
            assertThat(Run.withoutStalls(err))
                    .isEqualTo(
                            (redirection.startsWith("|")
                                            ? "echo-client: nobody reads standard output any more"
                                            : "echo-client: cannot write to standard output: No"
                                                    + " space left on device")
                                    + "\nexit 1\n");
        }
    }

    /** Starts the client from a shell, which redirects its input. */
    private static ProcessBuilder shell(Target target, String redirection) {
        return new ProcessBuilder(
                "sh", "-c", "exec %s --timeout=20s %s %s".formatted(RUN, target, redirection));
    }

    @Test
    void helpIsWhatTheReadmeShows() throws Exception {
        Result help = run(builder("--help"));
        assertThat(help.exit()).isZero();
        assertThat(Readme.block("client-help")).isEqualTo(help.out().strip() + "\n");
        for (String command : List.of("ping", "mtu")) {
            Result own = run(builder(command, "--help"));
            assertThat(own.exit()).isZero();
            assertThat(Readme.block(command + "-help")).isEqualTo(own.out());
        }
    }

    @Test
    void exitCodesAndOneLineOnErr() throws Exception {
        Target refused;
        try (TcpPeer gone = TcpPeer.echo()) {
            refused = gone.target();
        }
        for (String[] args :
                new String[][] {{"::1"}, {"send"}, {"--frob"}, {"localhost:0"}, {"ping", "x:y"}}) {
            Result result = run(builder(args));
            assertThat(result.exit()).as(String.join(" ", args)).isEqualTo(2);
            assertThat(result.out()).isEmpty();
            assertThat(result.err()).startsWith("echo-client: ").containsOnlyOnce("\n");
        }
        for (String[] args :
                new String[][] {{"" + refused}, {"nosuch.invalid"}, {"send", "" + refused, "x"}}) {
            Result result = run(builder(args));
            assertThat(result.exit()).as(String.join(" ", args)).isEqualTo(1);
            assertThat(result.out()).isEmpty();
            assertThat(result.err()).startsWith("echo-client: ").containsOnlyOnce("\n");
        }
    }

    @Test
    void tcpTriesEveryAddressAndUdpNamesTheFirst() throws Exception {
        Path hosts =
                Files.writeString(
                        directory.resolve("hosts"),
                        "127.0.0.3 twofold.example\n127.0.0.1 twofold.example\n");
        try (TcpPeer peer = TcpPeer.echo()) {
            String port = ":" + peer.target().port();
            String target = "twofold.example" + port;
            assertThat(run(builder(hosts, "send", target, "hello", "--timeout=20s")))
                    .isEqualTo(new Result(0, "hello\n", ""));
            Result udp = run(builder(hosts, "send", "udp://twofold.example" + port, "hello"));
            assertThat(udp.exit()).isEqualTo(1);
            assertThat(udp.err())
                    .startsWith(
                            "echo-client: twofold.example has 2 addresses, UDP takes the first:"
                                    + " 127.0.0.3\n");
        }
    }

    @Test
    void typingAtATerminalIsAChat() throws Exception {
        try (UdpPeer peer = UdpPeer.echo()) {
            String screen =
                    terminal(
                            "message: >hello\\n|"
                                    + "message: >gr\\303\\274\\303\\237e\\n|"
                                    + "message: >\\004",
                            RunnableJar.brief(JAR, peer.target().toString(), "--timeout=20s"));

            assertThat(screen)
                    .containsPattern("from server: hello \\(\\d+\\.\\d\\d ms\\)\r\n")
                    .containsPattern("from server: gr\u00fc\u00dfe \\(\\d+\\.\\d\\d ms\\)\r\n")
                    .endsWith("exit 0");
        }
    }

    @Test
    void typingIsAChatAlsoWhenOutputGoesToAFile() throws Exception {
        try (TcpPeer peer = TcpPeer.echo()) {
            Path output = directory.resolve("output");
            String screen =
                    terminal(
                            ">hello\\n\\004",
                            List.of(
                                    "sh",
                                    "-c",
                                    "%s --timeout=20s %s > '%s'"
                                            .formatted(RUN, peer.target(), output)));

            assertThat(screen).endsWith("exit 0");
            assertThat(Files.readString(output))
                    .startsWith("Enter a message: from server: hello (");
        }
    }

    @Test
    void interruptAtThePromptIsQuiet() throws Exception {
        try (UdpPeer peer = UdpPeer.echo()) {
            assertThat(
                            terminal(
                                    "message: >\\003",
                                    RunnableJar.brief(JAR, peer.target().toString())))
                    .isEqualTo("Enter a message: ^Cexit 130");
        }
    }

    @Test
    void interruptAtATerminalEndsTheWaitForAReply() throws Exception {
        try (TcpPeer mute = TcpPeer.mute()) {
            // The terminal itself writes what is typed, and then the carriage return.
            assertThat(
                            terminal(
                                    "message: >hello\\n|hello\r\n>\\003",
                                    RunnableJar.brief(
                                            JAR, mute.target().toString(), "--timeout=10m")))
                    .isEqualTo("Enter a message: hello\r\n^Cexit 130");
        }
    }

    private String terminal(String steps, List<String> command) throws Exception {
        ForeignServer.require("python3");
        Path script = Files.writeString(directory.resolve("terminal.py"), TERMINAL);
        List<String> all = new ArrayList<>(List.of("python3", script.toString(), steps));
        all.addAll(command);
        Result result = run(new ProcessBuilder(all));
        assertThat(result.err()).isEmpty();
        return result.out();
    }

    private static ProcessBuilder patient(String... args) {
        return builder(
                Stream.concat(Stream.of(args), Stream.of("--timeout=20s")).toArray(String[]::new));
    }

    private static ProcessBuilder builder(String... args) {
        return new ProcessBuilder(RunnableJar.brief(JAR, args))
                .redirectInput(new File(File.separatorChar == '/' ? "/dev/null" : "NUL"));
    }

    private static ProcessBuilder builder(Path hosts, String... args) {
        ProcessBuilder builder = builder(args);
        builder.command().add(1, "-Djdk.net.hosts.file=" + hosts);
        return builder;
    }

    private record Result(int exit, String out, String err) {}

    private Result run(ProcessBuilder builder) throws IOException, InterruptedException {
        Map<String, String> environment = builder.environment();
        environment.remove("JAVA_TOOL_OPTIONS");
        Path err = directory.resolve("err");
        Path out = directory.resolve("out");
        builder.redirectError(err.toFile());
        if (builder.redirectOutput() == ProcessBuilder.Redirect.PIPE) {
            builder.redirectOutput(out.toFile());
        } else {
            Files.writeString(out, "");
        }
        Process process = builder.start();
        try {
            assertThat(process.waitFor(30, TimeUnit.SECONDS)).as("ends").isTrue();
            return new Result(process.exitValue(), Files.readString(out), Files.readString(err));
        } finally {
            process.destroyForcibly();
        }
    }

    private static String sha256(Path file) throws Exception {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        try (InputStream in = Files.newInputStream(file)) {
            byte[] chunk = new byte[64 * 1024];
            for (int length = in.read(chunk); length >= 0; length = in.read(chunk)) {
                digest.update(chunk, 0, length);
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }
}
