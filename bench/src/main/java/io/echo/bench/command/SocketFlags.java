package io.echo.bench.command;

import io.echo.bench.load.LoadConfig;
import io.echo.bench.pacing.Pacing;
import io.echo.cli.FlagValues;
import io.echo.client.probe.Rate;
import io.echo.client.socket.HostLookup;
import io.echo.client.socket.LayerConfig;
import io.echo.client.socket.SourcePorts;
import io.echo.net.Transport;
import io.echo.net.TransportNames;
import java.io.IOException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Flags about event loops and sockets. */
final class SocketFlags {
    /** The values of {@code --pacing}. */
    static final class Pacings implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return Pacing.names().iterator();
        }
    }

    @Option(
            names = "--transport",
            paramLabel = "NAME",
            defaultValue = "auto",
            completionCandidates = TransportNames.class,
            description = TransportNames.HELP + " Default: ${DEFAULT-VALUE}.")
    private String transport;

    @Option(
            names = "--loops",
            paramLabel = "N",
            description = "Event loops, each a thread. Default: half the cores.")
    private Optional<String> loops = Optional.empty();

    @Option(
            names = "--pacing",
            paramLabel = "HOW",
            defaultValue = "auto",
            completionCandidates = Pacings.class,
            description =
                    "auto: sleep until just before a probe's time, then poll, for at most 5 %% of a"
                            + " core; spin: poll all the time, which takes a core from a server"
                            + " beside it; timer: the transport's own timer. On nio auto and timer"
                            + " are up to 1 ms late. Default: ${DEFAULT-VALUE}.")
    private String pacing;

    @Option(
            names = "--bind",
            paramLabel = "ADDRESS",
            description = "Send from this address; repeated, connections take them in turn.")
    private List<String> bind = new ArrayList<>();

    @Option(
            names = "--source-ports",
            paramLabel = "FIRST+COUNT",
            description =
                    "Send from these ports, as 40000+64: one connection each, the same in every"
                            + " run; with several --bind up to one each at every address.")
    private Optional<String> ports = Optional.empty();

    @Option(names = "--dscp", paramLabel = "N", description = "Mark packets, 0 to 63.")
    private Optional<String> dscp = Optional.empty();

    @Option(
            names = "--dont-fragment",
            description = "Forbid fragments: a datagram that is too large is lost.")
    private boolean dontFragment;

    @Option(
            names = "--connect-rate",
            paramLabel = "RATE",
            description = "Open at most this many connections a second.")
    private Optional<String> connectRate = Optional.empty();

    @Option(
            names = "--connection-lifetime",
            paramLabel = "TIME",
            description = "Replace each connection at this age.")
    private Optional<String> lifetime = Optional.empty();

    /** Returns the flags about event loops as a value. */
    LoadConfig.Generator generator() {
        return new LoadConfig.Generator(
                Transport.parse(transport),
                loops.map(
                                text ->
                                        (int)
                                                FlagValues.count(
                                                        "--loops",
                                                        text,
                                                        1,
                                                        LoadConfig.Generator.MAX_LOOPS))
                        .orElse(LoadConfig.Generator.DEFAULT_LOOPS),
                Pacing.parse(pacing));
    }

    /** Returns the flags about sockets as a value, with the layers that other flags name. */
    LoadConfig.Sockets sockets(LayerConfig layers) throws IOException {
        return new LoadConfig.Sockets(
                addresses(),
                ports(),
                dscp.map(
                        text ->
                                (int)
                                        FlagValues.count(
                                                "--dscp", text, 0, LoadConfig.Sockets.MAX_DSCP)),
                dontFragment,
                connectRate.map(text -> Rate.parse("--connect-rate", text)),
                lifetime.map(text -> FlagValues.positiveDuration("--connection-lifetime", text)),
                layers);
    }

    /** Returns the local ports of connections; empty for the kernel's choice. */
    Optional<SourcePorts> ports() {
        return ports.map(SourcePorts::parse);
    }

    private List<InetAddress> addresses() throws IOException {
        List<InetAddress> addresses = new ArrayList<>();
        for (String text : bind) {
            for (String part : text.split(",")) {
                addresses.add(HostLookup.local("--bind", part));
            }
        }
        return addresses;
    }
}
