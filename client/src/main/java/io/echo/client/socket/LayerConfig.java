package io.echo.client.socket;

import io.echo.client.proxy.ProxyConfig;
import io.echo.client.tls.ClientTls;
import io.echo.client.tls.TlsConfig;
import io.echo.net.Target;
import java.io.IOException;
import java.util.Optional;

/**
 * Settings of what stands between a socket and the stream of a client, the same for every target.
 *
 * @param tls for targets that are {@code tls://}; empty for TLS as {@link TlsConfig#DEFAULT} has it
 * @param proxy header that is sent first; empty for none
 */
public record LayerConfig(Optional<ClientTls> tls, Optional<ProxyConfig> proxy) {
    /** Leaves everything to the target. */
    public static final LayerConfig NONE = new LayerConfig(Optional.empty(), Optional.empty());

    /**
     * Returns the layers of connections to a target.
     *
     * @throws IOException when the JDK's trust store cannot be read
     */
    public Layers to(Target target) throws IOException {
        Optional<ClientTls> inside = Optional.empty();
        if (target.tls()) {
            inside = Optional.of(tls.isPresent() ? tls.get() : ClientTls.of(TlsConfig.DEFAULT));
        }
        return new Layers(target, inside, proxy);
    }
}
