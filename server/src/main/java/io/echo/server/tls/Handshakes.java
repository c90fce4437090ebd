package io.echo.server.tls;

import io.echo.server.metrics.Counter;
import io.echo.server.metrics.MetricFamily;
import io.netty.handler.ssl.NotSslRecordException;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.handler.ssl.SslHandshakeTimeoutException;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLongArray;
import javax.net.ssl.SSLException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Handshakes by their result. Thread-safe: a handshake costs far more than a shared counter. */
public final class Handshakes {
    private static final Logger LOG = LoggerFactory.getLogger(Handshakes.class);

    /** Ends of a handshake. */
    enum Result {
        /** The connection echoes. */
        OK,
        /** The two do not agree, or one does not believe the other's certificate. */
        FAILED,
        /** It was not TLS that came. */
        PLAIN,
        /** The peer has closed the connection before the end. */
        CLOSED,
        /** The peer took too long. */
        TIMEOUT;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private final AtomicLongArray counts = new AtomicLongArray(Result.values().length);

    /** Reason of the last one that failed. */
    private volatile String lastReason = "";

    /** Failures that were logged; used by the logging thread alone. */
    private long logged;

    /** Counts a handshake that has ended, and returns how. */
    Result count(SslHandshakeCompletionEvent event) {
        Result result = event.isSuccess() ? Result.OK : result(event.cause());
        if (result == Result.FAILED) {
            lastReason = inWords(String.valueOf(event.cause().getMessage()));
        }
        counts.incrementAndGet(result.ordinal());
        return result;
    }

    /** Says what the JDK says of clients' certificates in the words of the flags. */
    private static String inWords(String message) {
        if (message.contains("Empty client certificate chain")) {
            return "the client shows no certificate";
        } else if (message.startsWith("PKIX path building failed")) {
            return "the client's certificate is of no issuer in --tls-client-ca";
        }
        return message;
    }

    private static Result result(Throwable cause) {
        // The JDK's own text is of what begins as TLS would and goes on as something else.
        if (cause instanceof NotSslRecordException
                || String.valueOf(cause.getMessage()).contains("nrecognized SSL message")) {
            return Result.PLAIN;
        } else if (cause instanceof SslHandshakeTimeoutException) {
            return Result.TIMEOUT;
        } else if (cause instanceof ClosedChannelException || !(cause instanceof SSLException)) {
            return Result.CLOSED;
        }
        return Result.FAILED;
    }

    /** Logs how many have failed since the last call, with the reason of the last; one thread. */
    public void logFailed() {
        long failed = counts.get(Result.FAILED.ordinal());
        if (failed > logged) {
            LOG.warn("tls: failed handshakes: {}, the last: {}", failed - logged, lastReason);
            logged = failed;
        }
    }

    /** Returns the metrics of TLS. */
    public List<MetricFamily> metrics(TlsContext context) {
        return List.of(
                new MetricFamily(
                        Counter.Kind.TOTAL,
                        "echo_tls_handshakes_total",
                        "Handshakes: ok; failed; plain, where it was not TLS that came; closed by"
                                + " the peer; timeout.",
                        () ->
                                Arrays.stream(Result.values())
                                        .map(
                                                result ->
                                                        new MetricFamily.Point(
                                                                Map.of("result", "" + result),
                                                                counts.get(result.ordinal())))
                                        .toList()),
                new MetricFamily(
                        Counter.Kind.GAUGE,
                        "echo_tls_certificate_expiry_seconds",
                        "Time until the first certificate of --tls-cert expires; below 0 if one"
                                + " has.",
                        () ->
                                List.of(
                                        new MetricFamily.Point(
                                                Map.of(),
                                                Duration.between(Instant.now(), context.expiry())
                                                        .toSeconds()))));
    }
}
