package io.echo.client.socket;

import io.echo.client.tls.TlsConnection;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.socket.DuplexChannel;
import java.util.Optional;

/**
 * The end of what a client sends over TCP, with or without TLS.
 *
 * <p>Any thread; {@link #send} on a channel whose loop has ended throws.
 */
public final class StreamEnd {
    private StreamEnd() {}

    /** Tells the peer that nothing follows, once what was written has left; reading goes on. */
    public static void send(Channel channel) {
        Optional<TlsConnection> tls = TlsConnection.of(channel);
        // Netty drops queued writes at a half-close, so the half-close waits for an empty one.
        channel.writeAndFlush(Unpooled.EMPTY_BUFFER)
                .addListener(
                        written ->
                                tls.ifPresentOrElse(
                                        TlsConnection::endOutput,
                                        ((DuplexChannel) channel)::shutdownOutput));
    }

    /**
     * Tells whether the peer may drop what it still owes when it hears of the end: TLS 1.2 has no
     * half-closed streams, so there the end is sent when everything has come back.
     */
    public static boolean endsBothWays(Channel channel) {
        return TlsConnection.of(channel).map(TlsConnection::endsBothWays).orElse(false);
    }
}
