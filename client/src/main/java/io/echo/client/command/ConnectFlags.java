package io.echo.client.command;

import io.echo.cli.FlagValues;
import io.echo.client.EchoClient;
import io.echo.net.Target;
import io.echo.net.Transport;
import io.echo.net.TransportNames;
import java.time.Duration;
import picocli.CommandLine.IDefaultValueProvider;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;

/** The flags of every command that connects. */
final class ConnectFlags {
    /** The default of {@code --transport}. */
    static final String TRANSPORT = "auto";

    static final String TRANSPORT_HELP = TransportNames.HELP + " Default: ${DEFAULT-VALUE}.";

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
                case "--transport" -> TRANSPORT;
                default -> argument.defaultValue();
            };
        }
    }

    /** Reads a transport by its name. */
    static final class TransportName implements ITypeConverter<Transport> {
        @Override
        public Transport convert(String text) {
            return Transport.parse(text);
        }
    }

    /** Reads how long to wait. */
    static final class Timeout implements ITypeConverter<Duration> {
        @Override
        public Duration convert(String text) {
            return FlagValues.timeout("--timeout", text);
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
            completionCandidates = TransportNames.class,
            description = TRANSPORT_HELP)
    private Transport transport;

    /** The flags as options. */
    EchoClient.Options options() {
        return DEFAULT.withTimeout(timeout).withTransport(transport);
    }
}
