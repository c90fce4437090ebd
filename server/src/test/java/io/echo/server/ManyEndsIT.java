package io.echo.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.echo.net.Transport;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A stop that has to end many busy connections at once, on one loop. */
@Timeout(120)
@Tag("long")
class ManyEndsIT {
    private static final int CONNECTIONS = 1_500;

    @TempDir private Path dir;

    @ParameterizedTest
    @EnumSource(Transport.class)
    void warnsOfNothingButTheDrain(Transport transport) throws Exception {
        assumeTrue(
                transport == Transport.NIO || System.getProperty("os.name").equals("Linux"),
                transport + " is for Linux");
        Path log = dir.resolve("err");
        List<SocketChannel> neverRead = new ArrayList<>();
        try (ServerProcess server =
                ServerProcess.start(
                        log,
                        "--host=127.0.0.1",
                        "--port=0",
                        "--loops=1",
                        "--drain-timeout=1s",
                        "--transport=" + transport)) {
            InetSocketAddress to = new InetSocketAddress("127.0.0.1", server.port("tcp"));
            for (int i = 0; i < CONNECTIONS; i++) {
                SocketChannel one = SocketChannel.open();
                neverRead.add(one);
                one.setOption(StandardSocketOptions.SO_RCVBUF, 4_096);
                one.connect(to);
                one.configureBlocking(false);
                one.write(ByteBuffer.allocate(1 << 20));
            }
            server.terminate();
            assertThat(server.exitCode()).isZero();
            assertThat(Files.readAllLines(log))
                    .filteredOn(line -> line.contains(" WARN ") || line.contains(" ERROR "))
                    .singleElement()
                    .asString()
                    .contains("the drain timeout is over");
        } finally {
            for (SocketChannel one : neverRead) {
                one.close();
            }
        }
    }
}
