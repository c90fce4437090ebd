package io.echo.bench.race;

import io.echo.bench.race.Peer.Origin;
import io.echo.bench.race.Peers.Absence;
import io.echo.client.Target.Protocol;
import io.echo.server.Transport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Every server that a race knows: how it is found, and what starts it. */
record RaceServers(RacePlan plan, BuildDirectory builds) {
    private static final String SECONDS = "86400";
    private static final String BEFORE = "-before";
    private static final String XINETD =
            """
            defaults
            {
            }
            service echo
            {
             type = INTERNAL UNLISTED
             id = echo-%1$s
             socket_type = %2$s
             protocol = %1$s
             wait = %3$s
             cps = 1000000 1
             instances = UNLIMITED
             bind = 127.0.0.1
             user = %4$s
             port = %5$d
            }
            """;

    /** One of them. */
    interface Entry {
        /**
         * Returns it, if it is here.
         *
         * @param named whether it was asked for by name, so that it may be built
         */
        Peer peer(boolean named) throws IOException, Absence;
    }

    /** By name, in the order in which they run. */
    Map<String, Entry> entries() {
        Map<String, Entry> entries = new LinkedHashMap<>();
        entries.put(Peers.C, named -> c(Peers.C, "udp", "tcp"));
        entries.put(Peers.MMSG, named -> c(Peers.MMSG, "mmsg", ""));
        entries.put(Peers.TRAIN, named -> c(Peers.TRAIN, "train", ""));
        for (Transport transport : Transport.values()) {
            String name = transport.name().toLowerCase(Locale.ROOT);
            entries.put(name, named -> ours(name, transport, plan.jar()));
            plan.before()
                    .ifPresent(
                            jar ->
                                    entries.put(
                                            name + BEFORE,
                                            named -> ours(name + BEFORE, transport, jar)));
        }
        entries.put("python", named -> python());
        entries.put("socat", named -> socat());
        entries.put("ncat", named -> ncat());
        entries.put("xinetd", named -> xinetd());
        entries.put("fortio", this::fortio);
        entries.put("tokio", this::tokio);
        return entries;
    }

    private Peer c(String name, String udp, String tcp) throws IOException {
        String echo = builds.c("echo", "echo.c").toString();
        return new Peer(
                name,
                Origin.C,
                (protocol, port, options) -> {
                    String kind = protocol == Protocol.UDP ? udp : tcp;
                    return kind.isEmpty() ? List.of() : List.of(echo, kind, SECONDS, "" + port);
                });
    }

    private Peer ours(String name, Transport transport, Path jar) throws Absence {
        Optional<Throwable> cause = transport.unavailabilityCause();
        if (cause.isPresent()) {
            throw new Absence("not on this machine: " + cause.get().getMessage());
        }
        return new Peer(
                name,
                Origin.OURS,
                (protocol, port, options) -> {
                    List<String> words = new ArrayList<>(List.of(plan.java().toString()));
                    words.addAll(plan.jvmOptions());
                    words.addAll(options);
                    words.addAll(
                            List.of(
                                    "-jar", jar.toString(),
                                    "--host", "127.0.0.1",
                                    "--port", "" + port,
                                    "--admin-port", "0",
                                    "--transport", transport.name().toLowerCase(Locale.ROOT)));
                    return words;
                });
    }

    private Peer python() throws IOException, Absence {
        String python = installed("python3");
        String file = builds.source("python/echo.py").toString();
        return foreign("python", (protocol, port) -> List.of(python, file, "" + protocol, port));
    }

    /** A process for each datagram or connection; small blocks, lest it block on its own pipe. */
    private static Peer socat() throws Absence {
        String socat = installed("socat");
        return foreign(
                "socat",
                (protocol, port) -> {
                    String kind = protocol == Protocol.UDP ? "UDP4-RECVFROM:" : "TCP4-LISTEN:";
                    return List.of(socat, "-b4096", kind + port + ",bind=127.0.0.1,fork", "PIPE");
                });
    }

    private static Peer ncat() throws Absence {
        String ncat = installed("ncat");
        return foreign(
                "ncat",
                (protocol, port) ->
                        List.of(ncat, protocol == Protocol.UDP ? "-lku" : "-lk", "-e", "/bin/cat",
                                "127.0.0.1", port));
    }

    private Peer xinetd() throws Absence {
        String xinetd = installed("xinetd");
        return foreign(
                "xinetd",
                (protocol, port) -> {
                    boolean udp = protocol == Protocol.UDP;
                    Path file = builds.directory().resolve("xinetd-" + port + ".conf");
                    Files.writeString(
                            file,
                            XINETD.formatted(
                                    protocol,
                                    udp ? "dgram" : "stream",
                                    udp ? "yes" : "no",
                                    System.getProperty("user.name"),
                                    Integer.valueOf(port)));
                    return List.of(xinetd, "-dontfork", "-f", "" + file, "-pidfile", file + ".pid");
                });
    }

    private Peer fortio(boolean named) throws IOException, Absence {
        Optional<Path> installed = Commands.find("fortio");
        String fortio =
                (installed.isPresent()
                                ? installed.get()
                                : built("go", named, builds::fortio))
                        .toString();
        return foreign(
                "fortio",
                (protocol, port) ->
                        List.of(fortio, protocol + "-echo", "-" + protocol + "-port",
                                "127.0.0.1:" + port));
    }

    private Peer tokio(boolean named) throws IOException, Absence {
        String tokio = built("cargo", named, builds::tokio).toString();
        return foreign("tokio", (protocol, port) -> List.of(tokio, "" + protocol, port));
    }

    /** What only a tool chain can make, which takes minutes and the network. */
    private interface Build {
        Path with(Path tool) throws IOException;
    }

    private static Path built(String tool, boolean named, Build build) throws Absence {
        Optional<Path> found = Commands.find(tool);
        if (found.isEmpty()) {
            throw new Absence("not installed, and no " + tool + " to build it");
        }
        if (!named) {
            throw new Absence("not built; " + tool + " builds it when --servers names it, or all");
        }
        try {
            return build.with(found.get());
        } catch (IOException e) {
            throw new Absence("not built: " + e.getMessage());
        }
    }

    private interface Words {
        List<String> on(Protocol protocol, String port) throws IOException;
    }

    private static Peer foreign(String name, Words words) {
        return new Peer(
                name, Origin.FOREIGN, (protocol, port, options) -> words.on(protocol, "" + port));
    }

    private static String installed(String program) throws Absence {
        return Commands.find(program)
                .orElseThrow(() -> new Absence("not installed"))
                .toString();
    }
}
