package io.echo.bench.race;

import io.echo.cli.FlagValues;
import io.echo.net.Protocol;
import io.echo.net.Transport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The servers of a race: those on this machine, their command lines, and why others are absent. */
final class RaceServers {
    /** The yardstick: plain C. It always runs. */
    static final String C = "c";

    static final String MMSG = "mmsg";
    static final String TRAIN = "train";

    /** The value for every server, also those that must be built first. */
    private static final String ALL = "all";

    /** Ends the name of the older build of one of our servers. */
    static final String BEFORE = "-before";

    /**
     * Lifetime of the C servers, longer than any race: they end even if this process cannot end
     * them.
     */
    private static final String A_DAY_S = "86400";

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
             port = %5$s
            }
            """;

    private final RacePlan plan;
    private final BuildDirectory builds;
    private final List<Peer> present = new ArrayList<>();
    private final Map<String, String> absent = new LinkedHashMap<>();

    private RaceServers(RacePlan plan, BuildDirectory builds) {
        this.plan = plan;
        this.builds = builds;
    }

    /** The origin of a server. */
    enum Origin {
        /** The yardsticks in C. */
        C,
        /** This project: on a JVM, which needs a warm-up. */
        OURS,
        /** Another project. */
        FOREIGN
    }

    /**
     * A server that can take part.
     *
     * @param name as on the command line
     * @param start its command line
     */
    record Peer(String name, Origin origin, Start start) {
        boolean isOurs() {
            return origin == Origin.OURS;
        }

        /** Returns whether it takes part in a case with this field. */
        boolean isOf(RaceCase.Field field) {
            return switch (field) {
                case ALL -> true;
                case C_AND_OURS -> origin != Origin.FOREIGN;
                case OURS -> isOurs();
                case GENERATORS -> name.equals(C) || isOurs() && !name.endsWith(BEFORE);
            };
        }

        boolean speaks(Protocol protocol) throws IOException {
            return !start.on(protocol, "1", OwnOptions.NONE).isEmpty();
        }
    }

    /** The command line of a server. */
    interface Start {
        /**
         * Returns the command line, empty when the server does not speak the protocol.
         *
         * @param own the options of our server; others ignore them
         */
        List<String> on(Protocol protocol, String port, OwnOptions own) throws IOException;
    }

    /** Options for our server alone: those of its JVM, and its flags. */
    record OwnOptions(List<String> jvm, List<String> flags) {
        static final OwnOptions NONE = new OwnOptions(List.of(), List.of());
    }

    /** A server that the race knows; it may be absent. */
    private record Entry(String name, Origin origin, Finder finder) {}

    private interface Finder {
        /**
         * Finds a server.
         *
         * @param named whether the user asked for it by name, so that it may be built
         */
        Start find(boolean named) throws IOException, Absence;
    }

    /** Thrown with the reason why a server is absent. */
    private static final class Absence extends Exception {
        private static final long serialVersionUID = 1;

        Absence(String why) {
            super(why);
        }
    }

    /** Finds the servers that the plan names, or all that need not be built. */
    static RaceServers find(RacePlan plan, BuildDirectory builds) throws IOException {
        RaceServers servers = new RaceServers(plan, builds);
        List<Entry> known = servers.known();
        List<String> names = known.stream().map(Entry::name).toList();
        for (String name : plan.servers()) {
            if (!name.equals(ALL) && !names.contains(name)) {
                throw FlagValues.mustBe(
                        "--servers", "all, or among " + String.join(",", names), name);
            }
        }
        for (Entry entry : known) {
            servers.add(entry);
        }
        return servers;
    }

    private void add(Entry entry) throws IOException {
        boolean named = plan.servers().contains(ALL) || plan.servers().contains(entry.name());
        if (named || plan.servers().isEmpty() || entry.name().equals(C)) {
            try {
                present.add(new Peer(entry.name(), entry.origin(), entry.finder().find(named)));
            } catch (Absence e) {
                absent.put(entry.name(), e.getMessage());
            }
        }
    }

    /** Returns the servers on this machine, in the order in which they run, plain C first. */
    List<Peer> present() {
        return present;
    }

    /** Returns the reasons why others are absent, by their names. */
    Map<String, String> absent() {
        return absent;
    }

    private List<Entry> known() {
        List<Entry> known = new ArrayList<>();
        known.add(new Entry(C, Origin.C, named -> c("udp", "tcp")));
        known.add(new Entry(MMSG, Origin.C, named -> c("mmsg", "")));
        known.add(new Entry(TRAIN, Origin.C, named -> c("train", "")));
        for (Transport transport : Transport.values()) {
            String name = transport.toString();
            known.add(new Entry(name, Origin.OURS, named -> ours(transport, plan.jar())));
            for (ProgramJar before : plan.before().stream().toList()) {
                known.add(new Entry(name + BEFORE, Origin.OURS, named -> ours(transport, before)));
            }
        }
        known.add(new Entry("python", Origin.FOREIGN, named -> python()));
        known.add(new Entry("socat", Origin.FOREIGN, named -> socat()));
        known.add(new Entry("ncat", Origin.FOREIGN, named -> ncat()));
        known.add(new Entry("xinetd", Origin.FOREIGN, named -> xinetd()));
        known.add(new Entry("fortio", Origin.FOREIGN, this::fortio));
        known.add(new Entry("tokio", Origin.FOREIGN, this::tokio));
        return known;
    }

    private Start c(String udp, String tcp) throws IOException {
        String echo = builds.c("echo", "echo.c").toString();
        return (protocol, port, own) -> {
            String kind = protocol == Protocol.UDP ? udp : tcp;
            return kind.isEmpty() ? List.of() : List.of(echo, kind, A_DAY_S, port);
        };
    }

    private Start ours(Transport transport, ProgramJar jar) throws Absence {
        Optional<Throwable> cause = transport.unavailabilityCause();
        if (cause.isPresent()) {
            throw new Absence("not on this machine: " + cause.get().getMessage());
        }
        return (protocol, port, own) -> {
            List<String> words = new ArrayList<>(List.of(plan.java().toString()));
            words.addAll(plan.jvmOptions());
            words.addAll(own.jvm());
            words.addAll(jar.words());
            words.addAll(List.of("--host", "127.0.0.1", "--port", port));
            words.addAll(List.of("--admin-port", "0", "--transport"));
            words.add(transport.toString());
            words.addAll(own.flags());
            return words;
        };
    }

    private Start python() throws IOException, Absence {
        String python = installed("python3");
        String file = builds.source("python/echo.py").toString();
        return (protocol, port, own) -> List.of(python, file, "" + protocol, port);
    }

    /** Starts socat with small blocks, which cannot fill its pipe; it forks for each datagram. */
    private static Start socat() throws Absence {
        String socat = installed("socat");
        return (protocol, port, own) -> {
            String kind = protocol == Protocol.UDP ? "UDP4-RECVFROM:" : "TCP4-LISTEN:";
            return List.of(socat, "-b4096", kind + port + ",bind=127.0.0.1,fork", "PIPE");
        };
    }

    private static Start ncat() throws Absence {
        String ncat = installed("ncat");
        return (protocol, port, own) -> {
            String flags = protocol == Protocol.UDP ? "-lku" : "-lk";
            return List.of(ncat, flags, "-e", "/bin/cat", "127.0.0.1", port);
        };
    }

    private Start xinetd() throws Absence {
        String xinetd = installed("xinetd");
        return (protocol, port, own) -> {
            boolean udp = protocol == Protocol.UDP;
            Path file = builds.directory().resolve("xinetd-" + port + ".conf");
            String user = System.getProperty("user.name");
            Files.writeString(
                    file,
                    XINETD.formatted(
                            protocol, udp ? "dgram" : "stream", udp ? "yes" : "no", user, port));
            return List.of(xinetd, "-dontfork", "-f", "" + file, "-pidfile", file + ".pid");
        };
    }

    private Start fortio(boolean named) throws Absence {
        Optional<Path> installed = BuildDirectory.find("fortio");
        Path fortio = installed.isPresent() ? installed.get() : built("go", named, builds::fortio);
        return (protocol, port, own) ->
                List.of(
                        fortio.toString(),
                        protocol + "-echo",
                        "-" + protocol + "-port",
                        "127.0.0.1:" + port);
    }

    private Start tokio(boolean named) throws Absence {
        String tokio = built("cargo", named, builds::tokio).toString();
        return (protocol, port, own) -> List.of(tokio, "" + protocol, port);
    }

    /** A build with a tool chain, which takes minutes and the network. */
    private interface Recipe {
        Path with(Path tool) throws IOException;
    }

    private static Path built(String tool, boolean named, Recipe recipe) throws Absence {
        Optional<Path> found = BuildDirectory.find(tool);
        if (found.isEmpty()) {
            throw new Absence("not installed, and no " + tool + " to build it");
        }
        if (!named) {
            throw new Absence("not built; " + tool + " builds it when --servers names it, or all");
        }
        try {
            return recipe.with(found.get());
        } catch (IOException e) {
            throw new Absence("not built: " + e.getMessage());
        }
    }

    private static String installed(String program) throws Absence {
        return BuildDirectory.find(program)
                .orElseThrow(() -> new Absence("not installed"))
                .toString();
    }
}
