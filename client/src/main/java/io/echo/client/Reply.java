package io.echo.client;

import java.time.Duration;

/**
 * What came back for one message.
 *
 * @param bytes as many as were sent; the caller's own, shared with nobody
 * @param roundTrip from just before the message was handed to the kernel until its last byte was
 *     back in this process
 */
public record Reply(byte[] bytes, Duration roundTrip) {}
