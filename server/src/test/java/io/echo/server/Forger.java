package io.echo.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Sends packets whose source is a lie, through raw sockets: {@code forge.py}. */
public final class Forger {
    private Forger() {}

    /** Sends one packet for each source, written {@code 192.0.2.1=7}. */
    static void send(InetSocketAddress to, List<String> sources) throws IOException {
        run("send", to, sources);
    }

    /** The same, then an honest exchange; what else left the server by then. */
    public static int repliesTo(InetSocketAddress to, List<String> sources) throws IOException {
        return Integer.parseInt(run("count", to, sources).strip());
    }

    /** Payload bytes of so many packets: {@code forged 0}, {@code forged 1}, and so on. */
    public static long bytes(int packets) {
        return IntStream.range(0, packets).mapToLong(n -> ("forged " + n).length()).sum();
    }

    private static String run(String mode, InetSocketAddress to, List<String> sources)
            throws IOException {
        Peers.requireRoot();
        List<String> command = new ArrayList<>(List.of("python3", script(), mode));
        command.add(to.getAddress().getHostAddress());
        command.add(String.valueOf(to.getPort()));
        command.addAll(sources);
        Peers.Result result = Peers.run(new byte[0], command.toArray(String[]::new));
        assertThat(result.exitCode()).as(result.err()).isZero();
        return new String(result.out());
    }

    private static String script() throws IOException {
        try {
            return Path.of(Forger.class.getResource("/forge.py").toURI()).toString();
        } catch (URISyntaxException e) {
            throw new IOException(e);
        }
    }
}
