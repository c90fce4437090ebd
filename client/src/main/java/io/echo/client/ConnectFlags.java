package io.echo.client;

import io.echo.server.Transport;
import java.time.Duration;
import java.util.Arrays;
import java.util.stream.Collectors;
import picocli.CommandLine.IDefaultValueProvider;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Option;

/** The flags of every command that connects. */
final class ConnectFlags {
    private static final EchoClient.Options DEFAULT = EchoClient.Options.DEFAULT;

    /** Tells the defaults, as the command line would have them. */
    static final class Defaults implements IDefaultValueProvider {
        @Override
        public String defaultValue(ArgSpec argument) {
            return switch (argument.paramLabel()) {
                case "TIMEOUT" -> Values.show(DEFAULT.timeout());
                case "TRANSPORT" -> DEFAULT.transport().toString();
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
                    .orElseThrow(() -> Values.mustBe("--transport", names(), text));
        }

        private static String names() {
            return Arrays.stream(Transport.values())
                    .map(Transport::toString)
                    .collect(Collectors.joining(", ", "", " or auto"));
        }
    }

    /** Reads how long to wait. */
    static final class Timeout implements ITypeConverter<Duration> {
        @Override
        public Duration convert(String text) {
            // The options know the range.
            return DEFAULT.withTimeout(Values.positiveDuration("--timeout", text)).timeout();
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
            paramLabel = "TIMEOUT",
            converter = Timeout.class,
            description = "Wait no longer than this for anything (default: ${DEFAULT-VALUE}).")
    private Duration timeout;

    @Option(
            names = "--transport",
            paramLabel = "TRANSPORT",
            converter = TransportName.class,
            description = "nio, epoll, io_uring or auto (default: ${DEFAULT-VALUE}).")
    private Transport transport;

    /** The flags as options. */
    EchoClient.Options options() {
        return DEFAULT.withTimeout(timeout).withTransport(transport);
    }
}
