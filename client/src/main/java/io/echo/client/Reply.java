package io.echo.client;

import java.time.Duration;

/**
 * The reply to one message.
 *
 * @param bytes as many as were sent; an array that belongs to the caller
 * @param roundTrip from just before the message was handed to the kernel until its last byte was
 *     back in this process
 */
public record Reply(byte[] bytes, Duration roundTrip) {}
