package io.echo.bench.command;

import io.echo.net.Target;
import java.util.Optional;
import picocli.CommandLine.Parameters;

/** The target of a command that measures one. */
final class TargetParameter {
    @Parameters(
            arity = "0..1",
            paramLabel = "TARGET",
            description =
                    "udp://host:port, tcp://host:port or host:port (TCP); port 2105 when left"
                            + " out; tls://host:port. Default: our own server in this process,"
                            + " over UDP.")
    private Optional<String> target = Optional.empty();

    /** Returns the target; empty for our own server. */
    Optional<Target> value() {
        return target.map(Target::parse);
    }
}
