package io.echo.client.command;

import io.echo.cli.FlagValues;
import io.echo.client.mtu.MtuMeasurement;
import io.echo.client.mtu.MtuResult;
import io.echo.client.socket.HostLookup;
import io.echo.net.Protocol;
import io.echo.net.Target;
import io.echo.net.Transport;
import io.echo.net.TransportNames;
import io.netty.util.NetUtil;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * The {@code mtu} command: for each address family of a host the largest datagram that comes back
 * whole, and why larger ones do not.
 *
 * <p>Throws {@link IllegalArgumentException} for a wrong flag and {@link IOException} where there
 * is no address or no such socket, each with a message of one line.
 */
@Command(
        name = "mtu",
        description = "Find the largest datagram that comes back whole, and why.",
        customSynopsis = "echo-client mtu [FLAGS] TARGET",
        sortOptions = false,
        footer = {
            "",
            FlagValues.TIME_HELP,
            "A name with IPv4 and IPv6 addresses is measured over both. What nobody tells of",
            "takes about ten times --timeout and four seconds, everything else much less."
        },
        mixinStandardHelpOptions = true,
        addMethodSubcommands = false)
final class MtuCommand implements Callable<Integer> {
    static final String TIMEOUT = "1s";

    private final StandardStreams streams;
    private final Supplier<CompletableFuture<Integer>> interrupt;

    @Parameters(
            paramLabel = "TARGET",
            description = "udp://host:port; port 2105 when left out; an IPv6 address in brackets.")
    private String target;

    @Option(names = "-4", description = "Measure over IPv4 alone.")
    private boolean ipv4;

    @Option(names = "-6", description = "Measure over IPv6 alone.")
    private boolean ipv6;

    @Option(
            names = "--source-port",
            paramLabel = "N",
            description =
                    "Send from this port alone. Default: one that the system picks and that is"
                            + " answered.")
    private Optional<String> port = Optional.empty();

    @Option(
            names = "--timeout",
            paramLabel = "TIME",
            defaultValue = TIMEOUT,
            description = "What takes longer is lost. Default: ${DEFAULT-VALUE}.")
    private String timeout;

    @Option(
            names = "--transport",
            paramLabel = "NAME",
            defaultValue = ConnectFlags.TRANSPORT,
            completionCandidates = TransportNames.class,
            description = ConnectFlags.TRANSPORT_HELP)
    private String transport;

    @Option(
            names = "--json",
            description = "One JSON object for each family, on a line of its own.")
    private boolean json;

    /** Makes the command; it ends early, with what it knows, when the interrupt completes. */
    MtuCommand(StandardStreams streams, Supplier<CompletableFuture<Integer>> interrupt) {
        this.streams = streams;
        this.interrupt = interrupt;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        Target peer = Target.parse(target);
        if (peer.protocol() != Protocol.UDP) {
            throw new IllegalArgumentException(
                    "TARGET of mtu must be udp://host:port, got " + target);
        }
        if (ipv4 && !ipv6 && NetUtil.isValidIpV6Address(peer.host())) {
            throw FlagValues.mustBe(
                    "-4", "given with a name or an IPv4 address", "[" + peer.host() + "]");
        }
        if (ipv6 && !ipv4 && NetUtil.isValidIpV4Address(peer.host())) {
            throw FlagValues.mustBe("-6", "given with a name or an IPv6 address", peer.host());
        }
        Duration wait = FlagValues.timeout("--timeout", timeout);
        OptionalInt from =
                port.isPresent()
                        ? OptionalInt.of(PingFlags.sourcePort(port.get()))
                        : OptionalInt.empty();
        Transport sockets = Transport.parse(transport);
        CompletableFuture<Integer> stop = interrupt.get();
        int code = ClientMain.OK;
        for (InetSocketAddress address : addresses(peer, wait, stop)) {
            MtuResult result = MtuMeasurement.run(address, from, wait, sockets, stop);
            MtuReport report = new MtuReport(peer, sockets, wait, result);
            if (json) {
                print(report.toJson().toString());
            } else {
                report.lines().forEach(this::print);
            }
            report.problem().ifPresent(streams::complain);
            code = Math.max(code, exitCode(result));
            if (stop.isDone()) {
                break;
            }
        }
        return stop.isDone() ? stop.join() : code;
    }

    private static int exitCode(MtuResult result) {
        if (result.counts().corrupted() > 0) {
            return ClientMain.CORRUPTED;
        }
        boolean known = result.largest().isPresent() && !result.gone();
        return known || result.interrupted() ? ClientMain.OK : ClientMain.FAILED;
    }

    /** Finds the first address of each family, or of the one that was asked for. */
    private List<InetSocketAddress> addresses(
            Target peer, Duration wait, CompletableFuture<Integer> stop)
            throws IOException, InterruptedException {
        List<InetSocketAddress> all = HostLookup.addresses(peer, wait, stop);
        List<InetSocketAddress> chosen = new ArrayList<>();
        for (boolean four : new boolean[] {true, false}) {
            boolean asked = ipv4 == ipv6 || (four ? ipv4 : ipv6);
            List<InetSocketAddress> family =
                    all.stream()
                            .filter(found -> found.getAddress() instanceof Inet4Address == four)
                            .toList();
            if (asked && family.size() > 1) {
                streams.complain(
                        peer.host()
                                + " has "
                                + family.size()
                                + (four ? " IPv4" : " IPv6")
                                + " addresses, the first is measured: "
                                + NetUtil.toAddressString(family.get(0).getAddress()));
            }
            if (asked) {
                family.stream().findFirst().ifPresent(chosen::add);
            }
        }
        if (chosen.isEmpty() && !stop.isDone()) {
            throw new IOException(peer.host() + " has no " + (ipv4 ? "IPv4" : "IPv6") + " address");
        }
        return chosen;
    }

    private void print(String line) {
        streams.out().println(line);
        streams.out().flush();
    }
}
