package io.echo.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.echo.testing.Programs;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/** A way to a server that loses, doubles and reorders packets: {@code lossy.py}. Needs root. */
final class LossyLink implements AutoCloseable {
    private static final String NETWORK = "198.18."; // RFC 2544: for tests of networks

    private final Process carrier;
    private final String namespace;
    private final String subnet;

    private LossyLink(Process carrier, String namespace, String subnet) {
        this.carrier = carrier;
        this.namespace = namespace;
        this.subnet = subnet;
    }

    static LossyLink open() throws IOException {
        Peers.requireRoot();
        int id = ThreadLocalRandom.current().nextInt(256); // Several may run side by side.
        String namespace = "lossy" + id;
        String subnet = NETWORK + id;
        Process carrier =
                new ProcessBuilder(
                                Programs.require("python3"),
                                script(),
                                namespace,
                                subnet + ".1",
                                subnet + ".3",
                                subnet + ".2")
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
        LossyLink link = new LossyLink(carrier, namespace, subnet);
        if (!"ready".equals(carrier.inputReader().readLine())) {
            link.close();
            throw new IOException("the lossy link must come up; see above");
        }
        return link;
    }

    /** Returns the address of a server behind the link. */
    InetAddress server() throws IOException {
        return InetAddress.getByName(subnet + ".2");
    }

    /** Returns the address of the clients. */
    InetAddress client() throws IOException {
        return InetAddress.getByName(subnet + ".1");
    }

    /** Returns the address of clients that vanish without a sign. */
    InetAddress vanishing() throws IOException {
        return InetAddress.getByName(subnet + ".3");
    }

    /** Returns the start of a command that runs a program behind the link. */
    List<String> prefix() {
        return List.of(Programs.require("ip"), "netns", "exec", namespace);
    }

    @Override
    public void close() throws IOException {
        carrier.getOutputStream().close();
        try {
            assertThat(carrier.waitFor(10, TimeUnit.SECONDS)).as("the link ends").isTrue();
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    private static String script() throws IOException {
        try {
            return Path.of(LossyLink.class.getResource("/lossy.py").toURI()).toString();
        } catch (URISyntaxException e) {
            throw new IOException(e);
        }
    }
}
