package io.echo.client.command;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import io.echo.cli.FlagValues;
import io.echo.cli.Terminal;
import io.echo.client.check.PathCheck;
import io.echo.client.check.PathResult;
import io.echo.client.check.PathState;
import io.echo.client.check.PortAnswers;
import io.echo.client.check.ServicePath;
import io.echo.net.Target;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The {@code check} command: four lines or one JSON object, and the exit code. */
@Command(
        name = "check",
        description = "Ask over UDP and TCP, IPv4 and IPv6; say which echo and why not.",
        customSynopsis = "echo-client check [FLAGS] HOST[:PORT]",
        sortOptions = false,
        footer = {
            "",
            FlagValues.TIME_HELP,
            "Exit codes: 0 all that is expected echoes, 1 something does not, 2 wrong usage."
        },
        mixinStandardHelpOptions = true,
        addMethodSubcommands = false)
final class CheckCommand implements Callable<Integer> {
    private static final int SCHEMA = 1;

    /** Reads the host; which protocols are asked is not for it to say. */
    static final class HostText implements ITypeConverter<Target> {
        @Override
        public Target convert(String text) {
            if (text.isEmpty()) {
                throw new IllegalArgumentException("HOST must be a name or an address, got \"\"");
            }
            int scheme = text.indexOf("://");
            if (scheme >= 0) {
                String host = text.substring(scheme + "://".length());
                throw new IllegalArgumentException(
                        "HOST must be without a scheme, since both protocols are asked, as in "
                                + (host.isEmpty() ? "localhost:2105" : host)
                                + ", got "
                                + text);
            }
            try {
                return Target.parse(text);
            } catch (IllegalArgumentException e) {
                // The form that it shows for an address without brackets has a scheme.
                throw new IllegalArgumentException(
                        e.getMessage().replace("as in tcp://", "as in "), e);
            }
        }
    }

    /** The members of {@code --expect}. */
    static final class Members extends ArrayList<String> {
        private static final long serialVersionUID = 1;

        Members() {
            super(Expectation.MEMBERS);
        }
    }

    private final StandardStreams streams;

    @Parameters(
            paramLabel = "HOST[:PORT]",
            converter = HostText.class,
            description =
                    "A name, an IPv4 address, or an IPv6 address in brackets; port 2105 when left"
                            + " out.")
    private Target host;

    @Option(
            names = "--expect",
            paramLabel = "LIST",
            completionCandidates = Members.class,
            description =
                    "What must echo: udp, tcp, udp4, tcp4, udp6, tcp6, separated by commas."
                            + " Default: all that the host has an address for.")
    private String expect;

    @Option(names = "--json", description = "No lines; one JSON object at the end.")
    private boolean json;

    @Mixin private ConnectFlags flags;

    CheckCommand(StandardStreams streams) {
        this.streams = streams;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        Optional<Set<ServicePath>> expected = Optional.ofNullable(expect).map(Expectation::parse);
        Duration timeout = flags.options().timeout();
        Terminal terminal = Terminal.out();
        List<PathResult> results = new ArrayList<>();
        try (PathCheck check = PathCheck.start(host, timeout, flags.options().transport())) {
            for (ServicePath path : ServicePath.values()) {
                PathResult result = check.result(path).join();
                results.add(result);
                if (!json) {
                    streams.out()
                            .println(CheckLine.of(result, isExpected(result, expected), terminal));
                    streams.out().flush();
                }
            }
        }
        List<PathResult> unmet =
                results.stream()
                        .filter(result -> isExpected(result, expected))
                        .filter(result -> !result.echoes())
                        .toList();
        if (json) {
            streams.out().println(toJson(results, expected, unmet.isEmpty()));
        }
        if (!unmet.isEmpty() && expected.isPresent()) {
            streams.complain(
                    "expected to echo, and does not: "
                            + unmet.stream()
                                    .map(CheckCommand::unmetPath)
                                    .collect(Collectors.joining(", ")));
        }
        return unmet.isEmpty() ? ClientMain.OK : ClientMain.FAILED;
    }

    private static boolean isExpected(PathResult result, Optional<Set<ServicePath>> expected) {
        return expected.map(paths -> paths.contains(result.path())).orElse(result.hasAddress());
    }

    private static String unmetPath(PathResult result) {
        return result.path()
                + result.ports()
                        .filter(ports -> result.state() == PathState.ECHOING)
                        .map(
                                ports ->
                                        " ("
                                                + ports.without()
                                                + " of "
                                                + ports.asked()
                                                + " ports do not)")
                        .orElse("");
    }

    private JsonObject toJson(
            List<PathResult> results, Optional<Set<ServicePath>> expected, boolean ok) {
        JsonObject object = new JsonObject();
        object.addProperty("schema", SCHEMA);
        object.addProperty("host", host.host());
        object.addProperty("port", host.port());
        object.addProperty("timeout_s", flags.options().timeout().toNanos() / 1e9);
        JsonArray checks = new JsonArray();
        for (PathResult result : results) {
            boolean must = isExpected(result, expected);
            JsonObject check = new JsonObject();
            check.addProperty("name", result.path().toString());
            check.addProperty("state", result.state().toString());
            check.addProperty("address", orNull(result.address().map(PathResult::text)));
            addMs(check, "time_ms", result.timeNs());
            addMs(check, "connect_ms", result.connectNs());
            check.addProperty(
                    "reason", orNull(Optional.of(result.reason()).filter(text -> !text.isEmpty())));
            check.addProperty("traceroute", orNull(result.traceroute()));
            addPorts(check, result.ports());
            check.addProperty("expected", must);
            check.addProperty("met", !must || result.echoes());
            checks.add(check);
        }
        object.add("checks", checks);
        object.addProperty("ok", ok);
        return object;
    }

    private static void addPorts(JsonObject check, Optional<PortAnswers> ports) {
        check.addProperty("ports", ports.map(PortAnswers::asked).orElse(null));
        check.add("ports_silent", numbers(ports.map(PortAnswers::silent)));
        check.add("ports_failed", numbers(ports.map(PortAnswers::failed)));
        addMs(check, "slowest_ms", ports.map(PortAnswers::slowestNs).orElse(OptionalLong.empty()));
    }

    private static JsonElement numbers(Optional<List<Integer>> values) {
        if (values.isEmpty()) {
            return JsonNull.INSTANCE;
        }
        JsonArray array = new JsonArray();
        values.get().forEach(array::add);
        return array;
    }

    private static String orNull(Optional<String> text) {
        return text.orElse(null); // as Gson takes it
    }

    private static void addMs(JsonObject object, String name, OptionalLong ns) {
        if (ns.isPresent()) {
            object.addProperty(name, ns.getAsLong() / CheckLine.NS_PER_MS);
        } else {
            object.add(name, JsonNull.INSTANCE);
        }
    }
}
