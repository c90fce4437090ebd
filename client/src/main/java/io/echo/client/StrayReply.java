package io.echo.client;

import java.time.Duration;
import java.util.Optional;

/**
 * Bytes that came from the peer and answer nothing that is in flight.
 *
 * @param bytes a whole datagram, or a piece of a TCP stream; an array that belongs to the receiver
 * @param age how long ago the message was sent that these bytes answer too late, after its timeout;
 *     empty when they answer none, which makes them foreign
 */
public record StrayReply(byte[] bytes, Optional<Duration> age) {
    /** Tells whether these bytes answer a message that has timed out. */
    public boolean isLate() {
        return age.isPresent();
    }
}
