package io.echo.server;

import io.echo.testing.Namespace;
import java.io.IOException;
import java.util.List;

/**
 * Two network namespaces joined by two pairs of interfaces: {@code s0 - c0} and {@code s1 - c1}.
 *
 * <p>Nothing in them reaches this host or beyond. They go with {@link #close}, and what runs in
 * them with them.
 */
final class Namespaces implements AutoCloseable {
    private final Namespace server;
    private final Namespace client;

    private Namespaces(Namespace server, Namespace client) {
        this.server = server;
        this.client = client;
    }

    static Namespaces open() throws IOException {
        Namespace server = Namespace.open("s");
        try {
            Namespaces pair = new Namespaces(server, Namespace.open("c"));
            pair.join();
            return pair;
        } catch (IOException | RuntimeException | AssertionError e) {
            server.close();
            throw e;
        }
    }

    private void join() throws IOException {
        try {
            for (String n : List.of("0", "1")) {
                server.ip(
                        "link add s"
                                + n
                                + " type veth peer name c"
                                + n
                                + " netns "
                                + client.name());
                server.ip("link set s" + n + " up");
                client.ip("link set c" + n + " up");
            }
        } catch (IOException | RuntimeException | AssertionError e) {
            client.close();
            throw e;
        }
    }

    /** Returns the start of a command that runs inside the server's namespace. */
    List<String> server() {
        return server.command(List.of());
    }

    /** Returns the start of a command that runs inside the client's namespace. */
    List<String> client() {
        return client.command(List.of());
    }

    /** Runs {@code ip} on the server's side. */
    void onServer(String arguments) throws IOException {
        server.ip(arguments);
    }

    /** Runs {@code ip} on the client's side. */
    void onClient(String arguments) throws IOException {
        client.ip(arguments);
    }

    /** Writes a kernel setting of the server's side: {@code net/ipv6/conf/all/disable_ipv6=1}. */
    void setOnServer(String setting) throws IOException {
        server.set(setting);
    }

    /** Runs a Python program on the client's side and returns what it prints. */
    String python(String program, String... arguments) throws IOException {
        return client.python(program, arguments);
    }

    /** The same on the server's side. */
    String pythonOnServer(String program, String... arguments) throws IOException {
        return server.python(program, arguments);
    }

    @Override
    public void close() {
        server.close();
        client.close();
    }
}
