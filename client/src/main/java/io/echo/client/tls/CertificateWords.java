package io.echo.client.tls;

import io.echo.cli.OneLine;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Plain words for why a server's certificate was refused. */
final class CertificateWords {
    private static final Pattern COMMON_NAME =
            Pattern.compile("(?:^|[,+])CN=((?:\\\\.|[^,+\\\\])*)");

    private static final int DNS_NAME = 2;
    private static final int IP_ADDRESS = 7;

    /** Names that are told of a certificate for hundreds of hosts. */
    private static final int MOST_NAMES = 5;

    private CertificateWords() {}

    /**
     * Returns the reason.
     *
     * @param chain the server's certificate, and those that it sent behind it
     * @param host the name that was asked for
     * @param ownIssuers true if {@code --cacert} names those that are trusted
     * @param refusal of the JDK
     */
    static String why(
            List<X509Certificate> chain, String host, boolean ownIssuers, Exception refusal) {
        Instant now = Instant.now();
        if (isCausedBy(refusal, CertificateExpiredException.class)) {
            return expired(chain, now)
                    .orElse("a certificate on the way to the server's issuer has expired");
        }
        if (isCausedBy(refusal, CertificateNotYetValidException.class)) {
            return early(chain, now)
                    .orElse("a certificate on the way to the server's issuer is not valid yet");
        }
        String text = OneLine.of(OneLine.root(refusal));
        if (text.startsWith("unable to find valid certification path")
                || text.startsWith("Path does not chain with any of the trust anchors")) {
            return expired(chain.subList(0, 1), now)
                    .or(() -> early(chain.subList(0, 1), now))
                    .orElseGet(() -> unknownIssuer(chain, ownIssuers));
        }
        if (refusal.getCause() == null && isOfName(text)) {
            return "the server's certificate is for " + names(chain.get(0)) + ", not for " + host;
        }
        return "the server's certificate is refused: " + reason(refusal, text);
    }

    private static boolean isCausedBy(Throwable thrown, Class<? extends Throwable> type) {
        for (Throwable next = thrown; next != null; next = next.getCause()) {
            if (type.isInstance(next)) {
                return true;
            }
        }
        return false;
    }

    private static Optional<String> expired(List<X509Certificate> chain, Instant now) {
        return chain.stream()
                .filter(one -> one.getNotAfter().toInstant().isBefore(now))
                .findFirst()
                .map(one -> whose(chain, one) + " expired on " + one.getNotAfter().toInstant());
    }

    private static Optional<String> early(List<X509Certificate> chain, Instant now) {
        return chain.stream()
                .filter(one -> one.getNotBefore().toInstant().isAfter(now))
                .findFirst()
                .map(
                        one ->
                                whose(chain, one)
                                        + " is not valid before "
                                        + one.getNotBefore().toInstant());
    }

    private static String whose(List<X509Certificate> chain, X509Certificate one) {
        return one == chain.get(0)
                ? "the server's certificate"
                : "the issuer's certificate, " + subject(one) + ",";
    }

    private static String unknownIssuer(List<X509Certificate> chain, boolean ownIssuers) {
        X509Certificate last = chain.get(chain.size() - 1);
        boolean self = last.getIssuerX500Principal().equals(last.getSubjectX500Principal());
        String issuer = last.getIssuerX500Principal().getName();
        return "the server's certificate is "
                + (self && chain.size() == 1 ? "self-signed, " : "of an unknown issuer, ")
                + (issuer.isEmpty() ? "without a name" : issuer)
                + (ownIssuers ? ", which --cacert does not hold" : ": name it with --cacert");
    }

    private static boolean isOfName(String text) {
        return text.startsWith("No subject alternative")
                || text.startsWith("No name matching")
                || text.startsWith("Illegal given domain name");
    }

    /** Returns the names that a certificate is for. */
    private static String names(X509Certificate certificate) {
        List<String> names = new ArrayList<>();
        try {
            Collection<List<?>> alternatives = certificate.getSubjectAlternativeNames();
            if (alternatives != null) {
                for (List<?> alternative : alternatives) {
                    int type = (Integer) alternative.get(0);
                    if (type == DNS_NAME || type == IP_ADDRESS) {
                        names.add(String.valueOf(alternative.get(1)));
                    }
                }
            }
        } catch (CertificateParsingException e) {
            return "names that cannot be read";
        }
        if (names.isEmpty()) {
            return subject(certificate);
        }
        int more = names.size() - MOST_NAMES;
        return String.join(", ", names.subList(0, Math.min(MOST_NAMES, names.size())))
                + (more > 0 ? " and " + more + " more" : "");
    }

    /** Returns the common name of a subject, or all of it. */
    private static String subject(X509Certificate certificate) {
        String whole = certificate.getSubjectX500Principal().getName();
        Matcher name = COMMON_NAME.matcher(whole);
        if (name.find()) {
            return name.group(1);
        }
        return whole.isEmpty() ? "no name" : whole;
    }

    private static String reason(Throwable refusal, String text) {
        for (Throwable next = refusal; next != null; next = next.getCause()) {
            if (next instanceof CertPathValidatorException path && path.getMessage() != null) {
                return OneLine.of(path);
            }
        }
        return text;
    }
}
