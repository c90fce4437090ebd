package io.echo.client.command;

import io.echo.cli.FlagValues;
import io.echo.client.EchoClient;
import io.echo.net.Target;
import io.echo.net.Transport;
import java.time.Duration;
import java.util.Arrays;
import java.util.Iterator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.IDefaultValueProvider;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;

/** The flags of every command that connects. */
final class ConnectFlags {
    static final String TRANSPORT_HELP =
            "nio, epoll, io_uring, or auto: epoll where it works, else nio. Default:"
                    + " ${DEFAULT-VALUE}.";

    private static final EchoClient.Options DEFAULT = EchoClient.Options.DEFAULT;

    /** Tells the defaults, as the command line would have them. */
    static final class Defaults implements IDefaultValueProvider {
        @Override
        public String defaultValue(ArgSpec argument) {
            if (!(argument instanceof OptionSpec option)) {
                return argument.defaultValue();
            }
            return switch (option.longestName()) {
                case "--timeout" -> FlagValues.show(DEFAULT.timeout());
                case "--transport" -> DEFAULT.transport().toString();
                default -> argument.defaultValue();
            };
        }
    }

    /** Reads a transport by its name; {@code auto} is the fastest that is known to be safe here. */
    static final class TransportName implements ITypeConverter<Transport> {
        @Override
        public Transport convert(String text) {
            if (text.equals("auto")) {
                return Transport.best();
            }
            return Arrays.stream(Transport.values())
                    .filter(transport -> transport.toString().equals(text))
                    .findFirst()
                    .orElseThrow(() -> FlagValues.mustBe("--transport", names(), text));
        }

        private static String names() {
            return Arrays.stream(Transport.values())
                    .map(Transport::toString)
                    .collect(Collectors.joining(", ", "", " or auto"));
        }
    }

    /** What {@link TransportName} reads. */
    static final class Transports implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            Stream<String> names = Arrays.stream(Transport.values()).map(Transport::toString);
            return Stream.concat(names, Stream.of("auto")).iterator();
        }
    }

    /** Reads how long to wait. */
    static final class Timeout implements ITypeConverter<Duration> {
        @Override
        public Duration convert(String text) {
            // The options know the range.
            return DEFAULT.withTimeout(FlagValues.positiveDuration("--timeout", text)).timeout();
        }
    }

    /** Reads a target. */
    static final class TargetText implements ITypeConverter<Target> {
        @Override
        public Target convert(String text) {
            return Target.parse(text);
        }
    }

    @Option(
            names = "--timeout",
            paramLabel = "TIME",
            converter = Timeout.class,
            description = "Wait no longer than this for anything. Default: ${DEFAULT-VALUE}.")
    private Duration timeout;

    @Option(
            names = "--transport",
            paramLabel = "NAME",
            converter = TransportName.class,
            completionCandidates = Transports.class,
            description = TRANSPORT_HELP)
    private Transport transport;

    /** The flags as options. */
    EchoClient.Options options() {
        return DEFAULT.withTimeout(timeout).withTransport(transport);
    }
}
