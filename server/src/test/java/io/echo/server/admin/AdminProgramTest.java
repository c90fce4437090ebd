package io.echo.server.admin;

import static org.assertj.core.api.Assertions.assertThatCode;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Thousands of connections with random requests; the seed of one that fails is in its message. */
@Timeout(60)
class AdminProgramTest {
    private static final int PROGRAMS = 3_000;
    private static final int EVENTS = 60;

    /** Parts of a request in their order: method, path, version, headers, end, body. */
    private static final List<List<String>> WORDS =
            List.of(
                    List.of("GET ", "GET ", "HEAD ", "POST ", "\r\nGET "),
                    List.of("/livez", "/livez?a=b", "/metrics", "/broken", "/none", "*", "/events"),
                    List.of(" HTTP/1.1\r\n", " HTTP/1.1\r\n", " HTTP/1.0\r\n", " HTTP/2.0\n"),
                    List.of("Host: a\r\n", "Host: a\r\nUpgrade: h2c\r\n", "X: y\r\n"),
                    List.of(
                            "",
                            "",
                            "Connection: close\r\n",
                            "Connection: keep-alive\r\n",
                            "Content-Length: 0\r\n",
                            "Content-Length: 5\r\n",
                            "Expect: 100-continue\r\n",
                            "Transfer-Encoding: chunked\r\n"),
                    List.of("\r\n", "\r\n", "\n"),
                    List.of("", "", "", "hello", "5\r\nhello\r\n0\r\n\r\n", "0\r\n\r\n"));

    /** Text that may stand anywhere in a request. */
    private static final List<String> TROUBLE =
            List.of(
                    "",
                    "",
                    " ",
                    ":",
                    "\0",
                    "%",
                    "\r",
                    "\n",
                    "\r\n",
                    "Content-Length: x\r\n",
                    "a".repeat(AdminServer.MAX_REQUEST_LINE_BYTES),
                    "b".repeat(AdminServer.MAX_HEADER_BYTES));

    @Test
    void answersOrEndsWhateverComes() {
        for (int seed = 0; seed < PROGRAMS; seed++) {
            Random random = new Random(seed);
            AtomicInteger left = new AtomicInteger(EVENTS);
            AdminProgram program =
                    new AdminProgram(() -> random.nextInt(256), most -> requests(random, most));
            assertThatCode(() -> program.run(() -> left.getAndDecrement() > 0))
                    .as("seed %d", seed)
                    .doesNotThrowAnyException();
        }
    }

    /** A few requests, cut at the end. */
    private static byte[] requests(Random random, int most) {
        String requests =
                Stream.generate(() -> request(random))
                        .limit(1 + random.nextInt(3))
                        .collect(Collectors.joining());
        byte[] bytes = requests.getBytes(StandardCharsets.ISO_8859_1);
        return Arrays.copyOf(bytes, Math.min(bytes.length, most));
    }

    private static String request(Random random) {
        return WORDS.stream()
                .map(words -> one(random, random.nextInt(20) == 0 ? TROUBLE : words))
                .collect(Collectors.joining());
    }

    private static String one(Random random, List<String> words) {
        return words.get(random.nextInt(words.size()));
    }
}
