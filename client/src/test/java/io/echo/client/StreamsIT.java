package io.echo.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.echo.testing.Redirected;
import io.echo.testing.RunnableJar;
import java.io.ByteArrayOutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The runnable jar with standard streams that are closed or full. */
@Timeout(120)
class StreamsIT {
    private static final Path JAR = Path.of("target", "echo-client.jar");

    @TempDir private Path directory;

    private Redirected run(String way, String... arguments) throws Exception {
        return Redirected.run(directory, RunnableJar.brief(JAR, arguments), way);
    }

    /** A descriptor that is free goes to the next file or socket: nothing may go there. */
    @Tag("long")
    @Test
    void tellsThePeerItsMessageAndNothingElse() throws Exception {
        ByteArrayOutputStream heard = new ByteArrayOutputStream();
        TcpPeer.Behaviour echo = socket -> echo(socket, heard);
        try (TcpPeer peer = TcpPeer.start(echo)) {
            for (String way : Redirected.WAYS) {
                heard.reset();
                Redirected end =
                        run(way, "send", "--timeout=20s", peer.target().toString(), "hello");
                assertThat(end.endedWith(0)).as(way + ": " + end).isTrue();
                assertThat(heard.toString(StandardCharsets.UTF_8)).as(way).isEqualTo("hello");
                assertThat(end.out()).as(way).isEqualTo(end.broken() ? "" : "hello\n");
                assertThat(end.err())
                        .as(way)
                        .matches("(echo-client: cannot write to standard output: [^\n]+\n)?");
            }
        }
    }

    private static void echo(Socket socket, ByteArrayOutputStream heard)
            throws java.io.IOException {
        byte[] buffer = new byte[1_024];
        int length = socket.getInputStream().read(buffer);
        while (length >= 0) {
            heard.write(buffer, 0, length);
            socket.getOutputStream().write(buffer, 0, length);
            length = socket.getInputStream().read(buffer);
        }
    }

    @Tag("long")
    @Test
    void takesAClosedInputForAnEmptyPipeWhateverElseIsClosed() throws Exception {
        ByteArrayOutputStream heard = new ByteArrayOutputStream();
        try (TcpPeer peer = TcpPeer.start(socket -> echo(socket, heard))) {
            for (String way : List.of("<&-", "<&- >&-", "<&- 2>&-", "<&- >&- 2>&-")) {
                Redirected end = run(way, "--timeout=20s", peer.target().toString());
                assertThat(end.exit()).as(way).isZero();
                assertThat(end.out() + end.err()).as(way).isEmpty();
                assertThat(heard.size()).as(way).isZero();
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"--version, 0", "completion bash, 0"})
    @Tag("long")
    void allCommandsEndWithOneWhereTheyCannotPrint(String arguments, int code) throws Exception {
        endsWithOneWhereItCannotPrint(arguments, code);
    }

    @ParameterizedTest
    @CsvSource({"--help, 0", "--bogus, 2"})
    void endsWithOneWhereItCannotPrint(String arguments, int code) throws Exception {
        for (String way : Redirected.OUTPUT_WAYS) {
            Redirected end = run(way, arguments.split(" "));
            boolean right = code == 2 ? end.exit() == 2 : end.endedWith(code);
            assertThat(right).as(way + ": " + end).isTrue();
        }
    }
}
