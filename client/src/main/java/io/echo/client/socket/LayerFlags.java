package io.echo.client.socket;

import io.echo.cli.FileName;
import io.echo.cli.FlagValues;
import io.echo.client.proxy.ProxyConfig;
import io.echo.client.tls.ClientTls;
import io.echo.client.tls.TlsConfig;
import io.echo.net.Target;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Flags of client and load tester about what stands between a socket and its stream. */
public final class LayerFlags {
    /** Heading of the flags in a help. */
    public static final String HEADING = "%nTLS and PROXY protocol:%n";

    @Option(
            names = "--cacert",
            paramLabel = "FILE",
            description = "Trust these issuers (PEM) instead of the JDK's.")
    private Optional<String> caCert = Optional.empty();

    @Option(
            names = "--cert",
            paramLabel = "FILE",
            description = "Show this certificate (PEM) to a server that asks for one.")
    private Optional<String> cert = Optional.empty();

    @Option(
            names = "--key",
            paramLabel = "FILE",
            description = "Private key of --cert (PEM), without a password.")
    private Optional<String> key = Optional.empty();

    @Option(
            names = "--servername",
            paramLabel = "NAME",
            description = "Ask for this name (SNI) and check it. Default: the host.")
    private Optional<String> serverName = Optional.empty();

    @Option(names = "--insecure", description = "Do not check the server's certificate.")
    private boolean insecure;

    @Option(
            names = "--proxy-header",
            paramLabel = "v1|v2",
            completionCandidates = ProxyConfig.Versions.class,
            description =
                    "Send a PROXY header first, before TLS; over UDP, v2 in front of each"
                            + " datagram.")
    private Optional<String> proxyHeader = Optional.empty();

    @Option(
            names = "--proxy-source",
            paramLabel = "ADDR:PORT",
            description = "Name this client in it. Default: the socket's own address.")
    private Optional<String> proxySource = Optional.empty();

    /** Makes the flags, as picocli does. */
    public LayerFlags() {}

    /**
     * Returns the flags as a value, and warns of one that checks nothing.
     *
     * @param program that warns, on {@code err}
     * @param targets of the command; empty for one that is not over TLS
     * @throws IllegalArgumentException when flags do not go together, or with the targets
     * @throws IOException when a file cannot be used
     */
    public LayerConfig config(String program, PrintStream err, List<Target> targets)
            throws IOException {
        Optional<ProxyConfig> proxy = proxy(targets);
        if (targets.stream().noneMatch(Target::tls)) {
            requireNone(targets);
            return new LayerConfig(Optional.empty(), proxy);
        }
        return new LayerConfig(Optional.of(tls(program, err)), proxy);
    }

    private Optional<ProxyConfig> proxy(List<Target> targets) {
        if (proxyHeader.isEmpty()) {
            if (proxySource.isPresent()) {
                throw new IllegalArgumentException(
                        "--proxy-source goes with --proxy-header, got it alone");
            }
            return Optional.empty();
        }
        ProxyConfig proxy = ProxyConfig.parse(proxyHeader.get(), proxySource);
        if (targets.isEmpty()) {
            throw new IllegalArgumentException("--proxy-header goes with a TARGET, got none");
        }
        targets.forEach(proxy::requireFor);
        return Optional.of(proxy);
    }

    private ClientTls tls(String program, PrintStream err) throws IOException {
        if (cert.isPresent() != key.isPresent()) {
            throw new IllegalArgumentException(
                    "give --cert and --key, or neither, got --"
                            + (cert.isPresent() ? "cert" : "key")
                            + " alone");
        }
        if (serverName.isPresent() && !ClientTls.isName(serverName.get())) {
            throw FlagValues.mustBe("--servername", "a host name or an address", serverName.get());
        }
        ClientTls tls =
                ClientTls.of(
                        new TlsConfig(file(caCert), file(cert), file(key), serverName, insecure));
        if (insecure) {
            err.println(
                    program + ": warning: the server's certificate is not checked (--insecure)");
        }
        return tls;
    }

    private static Optional<Path> file(Optional<String> name) throws IOException {
        return name.isPresent() ? Optional.of(FileName.path(name.get())) : Optional.empty();
    }

    private void requireNone(List<Target> targets) {
        Map<String, Boolean> given = new LinkedHashMap<>();
        given.put("--cacert", caCert.isPresent());
        given.put("--cert", cert.isPresent());
        given.put("--key", key.isPresent());
        given.put("--servername", serverName.isPresent());
        given.put("--insecure", insecure);
        for (Map.Entry<String, Boolean> flag : given.entrySet()) {
            if (flag.getValue()) {
                throw new IllegalArgumentException(
                        flag.getKey()
                                + " goes with a tls:// target, got "
                                + (targets.isEmpty() ? "none" : targets.get(0)));
            }
        }
    }
}
