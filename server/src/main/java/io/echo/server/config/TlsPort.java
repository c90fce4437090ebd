package io.echo.server.config;

import io.echo.cli.FlagValues;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A port that echoes over TLS, on every address that TCP listens on.
 *
 * <p>The files are PEM. They are read when the server starts, which fails if one cannot be used,
 * and again when they have changed.
 *
 * @param port 1..65535, or 0 for any free one
 * @param certificate the server's certificate, and behind it those that lead to its issuer
 * @param key the private key of the first one, RSA or EC, without a password
 * @param clientCa issuers of whom every client must have a certificate; empty for no such demand
 */
public record TlsPort(int port, Path certificate, Path key, Optional<Path> clientCa) {
    /** Checks the range. */
    public TlsPort {
        FlagValues.requireRange("--tls-port", port, 0, 65_535);
    }
}
