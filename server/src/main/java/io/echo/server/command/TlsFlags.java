package io.echo.server.command;

import static io.echo.server.command.FlagTexts.given;
import static io.echo.server.command.FlagTexts.value;

import io.echo.cli.FlagValues;
import io.echo.server.config.TlsPort;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Model.OptionSpec;

/** The flags of the TLS port, as text. */
final class TlsFlags {
    private static final String OFF = "off";

    private final OptionSpec port;
    private final OptionSpec certificate;
    private final OptionSpec key;
    private final OptionSpec clientCa;

    TlsFlags(FlagTexts flags) {
        port =
                flags.add(
                        value("--tls-port", "N", "Port for TLS, 0 for any free one, or off.")
                                .defaultValue(OFF));
        certificate =
                flags.add(
                        value(
                                "--tls-cert",
                                "FILE",
                                "Its certificate and those up to the issuer, PEM; read again when"
                                        + " it changes."));
        key = flags.add(value("--tls-key", "FILE", "The key of the certificate, PEM, RSA or EC."));
        clientCa =
                flags.add(
                        value(
                                "--tls-client-ca",
                                "FILE",
                                "Issuers, PEM: every client must have a certificate of one."));
    }

    /** Reads the flags; empty if the port is off. */
    Optional<TlsPort> port() {
        String text = FlagTexts.text(port).strip();
        if (text.equals(OFF)) {
            for (OptionSpec flag : List.of(certificate, key, clientCa)) {
                given(flag)
                        .ifPresent(
                                file -> {
                                    throw new IllegalArgumentException(
                                            flag.longestName()
                                                    + " must come with --tls-port, got "
                                                    + file
                                                    + " alone");
                                });
            }
            return Optional.empty();
        }
        return Optional.of(
                new TlsPort(
                        FlagValues.number("--tls-port", text),
                        needed(certificate),
                        needed(key),
                        given(clientCa).map(file -> path(clientCa, file))));
    }

    private static Path needed(OptionSpec flag) {
        return given(flag)
                .map(file -> path(flag, file))
                .orElseThrow(
                        () ->
                                new IllegalArgumentException(
                                        flag.longestName()
                                                + " must be given with --tls-port, got none"));
    }

    private static Path path(OptionSpec flag, String file) {
        try {
            return Path.of(file);
        } catch (InvalidPathException e) {
            throw new IllegalArgumentException(
                    flag.longestName() + " must be a file, got " + file, e);
        }
    }
}
