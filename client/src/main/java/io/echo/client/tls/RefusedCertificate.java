package io.echo.client.tls;

import java.security.cert.CertificateException;

/** Refusal of a server's certificate; the message is the reason in plain words. */
final class RefusedCertificate extends CertificateException {
    private static final long serialVersionUID = 1;

    RefusedCertificate(String words, Throwable cause) {
        super(words, cause);
    }
}
