package io.echo.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.echo.testing.Programs;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Pattern;

/**
 * Two network namespaces joined by two pairs of interfaces: {@code s0 - c0} and {@code s1 - c1}.
 *
 * <p>Nothing in them reaches this host or beyond. They go with {@link #close}, and what runs in
 * them has a deadline of its own.
 */
final class Namespaces implements AutoCloseable {
    private final String server;
    private final String client;

    private Namespaces(String server, String client) {
        this.server = server;
        this.client = client;
    }

    static Namespaces open() throws IOException {
        Peers.requireRoot();
        String id = Integer.toHexString(ThreadLocalRandom.current().nextInt() | 1 << 31);
        Namespaces pair = new Namespaces("echo-s-" + id, "echo-c-" + id);
        try {
            ip("netns", "add", pair.server);
            ip("netns", "add", pair.client);
            for (String n : List.of("0", "1")) {
                ip(
                        "-n",
                        pair.server,
                        "link",
                        "add",
                        "s" + n,
                        "type",
                        "veth",
                        "peer",
                        "name",
                        "c" + n,
                        "netns",
                        pair.client);
            }
            for (String device : List.of("lo", "s0", "s1")) {
                pair.onServer("link set " + device + " up");
            }
            for (String device : List.of("lo", "c0", "c1")) {
                pair.onClient("link set " + device + " up");
            }
            return pair;
        } catch (IOException | RuntimeException | AssertionError e) {
            pair.close();
            throw e;
        }
    }

    /** Returns the start of a command that runs inside the server's namespace. */
    List<String> server() {
        return List.of(Programs.require("ip"), "netns", "exec", server);
    }

    /** Returns the start of a command that runs inside the client's namespace. */
    List<String> client() {
        return List.of(Programs.require("ip"), "netns", "exec", client);
    }

    /** Runs {@code ip} on the server's side. */
    void onServer(String arguments) throws IOException {
        ip(words("-n " + server + " " + arguments));
    }

    /** Runs {@code ip} on the client's side. */
    void onClient(String arguments) throws IOException {
        ip(words("-n " + client + " " + arguments));
    }

    /** Writes a kernel setting of the server's side: {@code net/ipv6/conf/all/disable_ipv6=1}. */
    void setOnServer(String setting) throws IOException {
        String[] pair = setting.split("=");
        run(
                List.of(
                        "netns",
                        "exec",
                        server,
                        "sh",
                        "-c",
                        "echo " + pair[1] + " > /proc/sys/" + pair[0]));
    }

    /** Runs a Python program on the client's side and returns what it prints. */
    String python(String program, String... arguments) throws IOException {
        return python(client, program, arguments);
    }

    /** The same on the server's side. */
    String pythonOnServer(String program, String... arguments) throws IOException {
        return python(server, program, arguments);
    }

    private static String python(String namespace, String program, String... arguments)
            throws IOException {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                "netns",
                                "exec",
                                namespace,
                                Programs.require("python3"),
                                "-c",
                                program));
        command.addAll(List.of(arguments));
        return run(command).strip();
    }

    @Override
    public void close() {
        for (String namespace : List.of(server, client)) {
            try {
                ip("netns", "del", namespace);
            } catch (IOException | AssertionError e) {
                System.err.println("namespace " + namespace + " is left: " + e.getMessage());
            }
        }
    }

    private static String[] words(String line) {
        return Pattern.compile(" ").split(line);
    }

    private static void ip(String... arguments) throws IOException {
        run(List.of(arguments));
    }

    private static String run(List<String> arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of("ip"));
        command.addAll(arguments);
        Peers.Result result = Peers.run(new byte[0], command.toArray(String[]::new));
        assertThat(result.exitCode()).as("%s: %s", command, result.err()).isZero();
        return new String(result.out());
    }
}
