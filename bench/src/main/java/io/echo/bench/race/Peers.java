package io.echo.bench.race;

import io.echo.client.Target.Protocol;
import io.echo.client.Values;
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
import java.util.stream.Stream;

/**
 * The servers that a race knows: those that this machine has, and why it has not the others.
 *
 * @param present in the order in which they run, the plain C echo first
 * @param absent by name, with the reason
 */
record Peers(List<Peer> present, Map<String, String> absent) {
    /** The yardstick: plain C. */
    static final String C = "c";

    static final String MMSG = "mmsg";
    static final String TRAIN = "train";

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

    /** Looks for those that the plan names, or for all. */
    static Peers find(Plan plan, Workshop workshop) throws IOException {
        Finder finder = new Finder(plan, workshop);
        Map<String, Finder.Find> known = finder.known();
        for (String name : plan.servers()) {
            if (!known.containsKey(name)) {
                throw Values.mustBe("--servers", "among " + String.join(",", known.keySet()), name);
            }
        }
        List<Peer> present = new ArrayList<>();
        Map<String, String> absent = new LinkedHashMap<>();
        for (Map.Entry<String, Finder.Find> entry : known.entrySet()) {
            String name = entry.getKey();
            if (!name.equals(C) && !plan.servers().isEmpty() && !plan.servers().contains(name)) {
                continue;
            }
            try {
                present.add(entry.getValue().peer());
            } catch (Absent e) {
                absent.put(name, e.getMessage());
            }
        }
        return new Peers(List.copyOf(present), absent);
    }

    private static final class Absent extends Exception {
        private static final long serialVersionUID = 1;

        Absent(String why) {
            super(why);
        }
    }

    /** How each one is found, and what starts it. */
    private record Finder(Plan plan, Workshop workshop) {
        interface Find {
            Peer peer() throws IOException, Absent;
        }

        Map<String, Find> known() throws IOException {
            Map<String, Find> known = new LinkedHashMap<>();
            Path echo = workshop.c("echo", "echo.c");
            known.put(C, () -> c(echo, C, "udp", "tcp"));
            known.put(MMSG, () -> c(echo, MMSG, MMSG, ""));
            known.put(TRAIN, () -> c(echo, TRAIN, TRAIN, ""));
            for (Transport transport : Transport.values()) {
                String name = transport.name().toLowerCase(Locale.ROOT);
                known.put(name, () -> ours(name, transport, plan.jar()));
                plan.before()
                        .ifPresent(
                                jar ->
                                        known.put(
                                                name + BEFORE,
                                                () -> ours(name + BEFORE, transport, jar)));
            }
            known.put("python", this::python);
            known.put("socat", this::socat);
            known.put("ncat", this::ncat);
            known.put("xinetd", this::xinetd);
            return known;
        }

        private static Peer c(Path echo, String name, String udp, String tcp) {
            return new Peer(
                    name,
                    false,
                    true,
                    (protocol, port) -> {
                        String kind = protocol == Protocol.UDP ? udp : tcp;
                        return kind.isEmpty()
                                ? List.of()
                                : List.of(echo.toString(), kind, SECONDS, "" + port);
                    });
        }

        private Peer ours(String name, Transport transport, Path jar) throws Absent {
            Optional<Throwable> cause = transport.unavailabilityCause();
            if (cause.isPresent()) {
                throw new Absent("not on this machine: " + cause.get().getMessage());
            }
            return new Peer(
                    name,
                    true,
                    true,
                    (protocol, port) -> {
                        List<String> words = new ArrayList<>(List.of(plan.java().toString()));
                        words.addAll(plan.jvmOptions());
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

        private Peer python() throws IOException, Absent {
            String python = installed("python3");
            String file = workshop.source("python/echo.py").toString();
            return new Peer(
                    "python",
                    false,
                    false,
                    (protocol, port) -> List.of(python, file, protocol.toString(), "" + port));
        }

        /** A process for each datagram or connection; small blocks, lest it block on its pipe. */
        private Peer socat() throws Absent {
            String socat = installed("socat");
            return new Peer(
                    "socat",
                    false,
                    false,
                    (protocol, port) ->
                            List.of(
                                    socat,
                                    "-b4096",
                                    (protocol == Protocol.UDP ? "UDP4-RECVFROM:" : "TCP4-LISTEN:")
                                            + port + ",bind=127.0.0.1,fork",
                                    "PIPE"));
        }

        private Peer ncat() throws Absent {
            String ncat = installed("ncat");
            return new Peer(
                    "ncat",
                    false,
                    false,
                    (protocol, port) -> {
                        Stream<String> udp = Stream.of("-u").filter(u -> protocol == Protocol.UDP);
                        return Stream.of(
                                        Stream.of(ncat),
                                        udp,
                                        Stream.of("-l", "-k", "-e", "/bin/cat", "127.0.0.1",
                                                "" + port))
                                .flatMap(words -> words)
                                .toList();
                    });
        }

        private Peer xinetd() throws Absent {
            String xinetd = installed("xinetd");
            return new Peer(
                    "xinetd",
                    false,
                    false,
                    (protocol, port) -> {
                        boolean udp = protocol == Protocol.UDP;
                        Path file = workshop.directory().resolve("xinetd-" + port + ".conf");
                        Files.writeString(
                                file,
                                XINETD.formatted(
                                        protocol,
                                        udp ? "dgram" : "stream",
                                        udp ? "yes" : "no",
                                        System.getProperty("user.name"),
                                        port));
                        return List.of(xinetd, "-dontfork", "-f", file.toString(), "-pidfile",
                                file + ".pid");
                    });
        }

        private static String installed(String program) throws Absent {
            return Commands.find(program)
                    .orElseThrow(() -> new Absent("not installed"))
                    .toString();
        }
    }
}
