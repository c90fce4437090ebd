package io.echo.client.tls;

import io.echo.cli.FlagValues;
import io.echo.cli.OneLine;
import io.netty.handler.ssl.NotSslRecordException;
import io.netty.handler.ssl.SslHandshakeTimeoutException;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.Set;
import javax.net.ssl.SSLException;

/** Plain words for what ends TLS: what the JDK's engine and Netty throw, without their terms. */
final class HandshakeWords {
    private static final String ALERT = "Received fatal alert: ";

    /** Alerts by which servers say that a client's certificate is missing or not to their mind. */
    private static final Set<String> OF_CLIENT_CERTIFICATE =
            Set.of(
                    "bad_certificate",
                    "handshake_failure",
                    "certificate_unknown",
                    "certificate_expired",
                    "certificate_revoked",
                    "unsupported_certificate",
                    "unknown_ca",
                    "access_denied",
                    "decrypt_error",
                    "no_certificate");

    private final ClientIdentity identity;
    private final String host;

    HandshakeWords(ClientIdentity identity, String host) {
        this.identity = identity;
        this.host = host;
    }

    /** Returns why a handshake failed, in one line. */
    String ofHandshake(Throwable thrown, Duration timeout) {
        for (Throwable next = thrown; next != null; next = next.getCause()) {
            if (next instanceof RefusedCertificate) {
                return next.getMessage();
            }
            if (next instanceof NotSslRecordException) {
                return "the server does not speak TLS";
            }
            if (next instanceof SslHandshakeTimeoutException) {
                return "no TLS handshake within " + FlagValues.show(timeout);
            }
        }
        String text = text(thrown);
        if (text.startsWith(ALERT)) {
            return ofAlert(text.substring(ALERT.length()));
        }
        // A plain echo sends back what the client began with.
        if (text.startsWith("Unexpected handshake message: client_hello")) {
            return "the server does not speak TLS, it sends back what it is sent";
        }
        if (text.startsWith("Unsupported or unrecognized SSL message")) {
            return "the server does not speak TLS";
        }
        if (text.contains("protocol version")) {
            return noVersion();
        }
        if (isClosing(thrown, text)) {
            return "the server closed the connection during the TLS handshake"
                    + (wanted() ? ", having asked for a client certificate (--cert, --key)" : "");
        }
        return "the TLS handshake failed: " + text;
    }

    /** Returns why TLS ended after the handshake; on 1.3 a server judges a client only then. */
    String afterwards(Throwable thrown) {
        String text = text(thrown);
        return text.startsWith(ALERT)
                ? ofAlert(text.substring(ALERT.length()))
                : "TLS broke: " + text;
    }

    /** Returns the text of the engine's exception, which newer JDKs put an alert before. */
    private static String text(Throwable thrown) {
        Throwable found = thrown;
        for (Throwable next = thrown; next != null; next = next.getCause()) {
            if (next instanceof SSLException) {
                found = next;
                break;
            }
        }
        return OneLine.of(found).replaceFirst("^\\(\\w+\\) ", "");
    }

    private String ofAlert(String alert) {
        if (alert.equals("certificate_required")
                || OF_CLIENT_CERTIFICATE.contains(alert) && wanted()) {
            return "the server wants a client certificate: give --cert and --key (alert "
                    + alert
                    + ")";
        }
        if (OF_CLIENT_CERTIFICATE.contains(alert) && identity.asked()) {
            return alert.equals("unknown_ca")
                    ? "the server does not know the issuer of --cert (alert unknown_ca)"
                    : "the server refuses --cert (alert " + alert + ")";
        }
        return switch (alert) {
            case "protocol_version" -> noVersion() + " (alert protocol_version)";
            case "unrecognized_name" ->
                    "the server does not know the name " + host + " (alert unrecognized_name)";
            case "handshake_failure", "insufficient_security" ->
                    "the server and this client have no cipher in common (alert " + alert + ")";
            default -> "the server ended TLS (alert " + alert + ")";
        };
    }

    private boolean wanted() {
        return identity.asked() && !identity.present();
    }

    private static String noVersion() {
        return "the server and this client have no TLS version in common, this client has 1.2 and"
                + " 1.3";
    }

    private static boolean isClosing(Throwable thrown, String text) {
        return thrown instanceof ClosedChannelException
                || thrown.getCause() instanceof ClosedChannelException
                || text.contains("closed while")
                || text.contains("terminated the handshake")
                || text.contains("closed already");
    }
}
