package io.echo.client.tls;

import java.nio.file.Path;
import java.util.Optional;

/**
 * Settings of TLS, as flags name them. The files are PEM.
 *
 * @param caCert certificates to trust; empty for the JDK's
 * @param cert the client's certificate, and behind it those that lead to its issuer
 * @param key the private key of the first of them; there if and only if they are
 * @param serverName asked for and checked; empty for the host of the target
 * @param insecure true to check nothing
 */
public record TlsConfig(
        Optional<Path> caCert,
        Optional<Path> cert,
        Optional<Path> key,
        Optional<String> serverName,
        boolean insecure) {
    /** Trusts what the JDK trusts, and has no certificate. */
    public static final TlsConfig DEFAULT =
            new TlsConfig(
                    Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), false);
}
