package io.echo.client.socket;

import io.echo.client.proxy.ProxyConfig;
import io.echo.client.tls.ClientTls;
import io.echo.net.Target;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelPipeline;
import java.util.Optional;

/**
 * The handlers between a socket and the stream of a client, or its datagrams: none, or those of TLS
 * and of a PROXY header, which comes before TLS.
 *
 * <p>Any thread.
 *
 * @param target that is connected to
 */
public record Layers(Target target, Optional<ClientTls> tls, Optional<ProxyConfig> proxy) {
    /** Returns what stands before {@code ://} in the target. */
    public String scheme() {
        return target.scheme();
    }

    /** Tells whether several messages may leave as one. */
    public boolean joinsMessages() {
        return tls.isPresent();
    }

    /** Adds the handlers of a connection, before its own. */
    public void addTo(ChannelPipeline pipeline) {
        proxy.ifPresent(header -> header.addTo(pipeline, target.protocol()));
        tls.ifPresent(layer -> layer.addTo(pipeline, target.host()));
    }

    /**
     * Returns the handler that a channel begins with; the given one itself where it stands alone.
     */
    public ChannelHandler before(ChannelHandler handler) {
        if (tls.isEmpty() && proxy.isEmpty()) {
            return handler;
        }
        return new ChannelInitializer<Channel>() {
            @Override
            protected void initChannel(Channel channel) {
                addTo(channel.pipeline());
                channel.pipeline().addLast(handler);
            }
        };
    }
}
