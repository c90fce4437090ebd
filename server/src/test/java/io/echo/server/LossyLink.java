package io.echo.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.util.List;
import java.util.Optional;

/**
 * A way to a server that loses, doubles and reorders packets: a pair of virtual interfaces with
 * netem, the far end in a network namespace of its own. Loopback where that is not allowed, or
 * where the kernel has no netem.
 */
final class LossyLink implements AutoCloseable {
    private static final String NEAR = "198.18.105.1"; // RFC 2544: for tests of networks
    private static final String FAR = "198.18.105.2";

    private final Optional<String> namespace;

    private LossyLink(Optional<String> namespace) {
        this.namespace = namespace;
    }

    static LossyLink open() throws IOException {
        String name = "echo-" + ProcessHandle.current().pid();
        LossyLink link = new LossyLink(Optional.of(name));
        String netem = " root netem delay 1ms loss 1% duplicate 1% reorder 5%";
        boolean made =
                run("ip netns add " + name)
                        && run("ip link add " + name + "a type veth peer name " + name + "b")
                        && run("tc qdisc add dev " + name + "a" + netem)
                        && run("tc qdisc add dev " + name + "b" + netem)
                        && run("ip link set " + name + "b netns " + name)
                        && run("ip addr add " + NEAR + "/30 dev " + name + "a")
                        && run("ip link set " + name + "a up")
                        && run("ip -n " + name + " addr add " + FAR + "/30 dev " + name + "b")
                        && run("ip -n " + name + " link set " + name + "b up")
                        && run("ip -n " + name + " link set lo up");
        if (made) {
            return link;
        }
        link.close();
        return new LossyLink(Optional.empty());
    }

    /** Where a server behind the link is reached. */
    InetAddress server() throws IOException {
        return InetAddress.getByName(namespace.isPresent() ? FAR : "127.0.0.1");
    }

    /** What starts a program behind the link. */
    List<String> prefix() {
        return namespace.map(name -> List.of("ip", "netns", "exec", name)).orElse(List.of());
    }

    @Override
    public void close() throws IOException {
        if (namespace.isPresent()) {
            run("ip link del " + namespace.get() + "a");
            run("ip netns del " + namespace.get());
        }
    }

    @Override
    public String toString() {
        return namespace.isPresent() ? "netem" : "loopback, without netem";
    }

    private static boolean run(String command) throws IOException {
        try {
            return Peers.run(new byte[0], command.split(" ")).exitCode() == 0;
        } catch (IOException e) {
            assertThat(e).hasMessageContaining("Cannot run");
            return false;
        }
    }
}
