package io.echo.pem;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;

/** Reads certificates. */
public final class PemCertificates {
    private static final String LABEL = "CERTIFICATE";

    private PemCertificates() {}

    /**
     * Returns the certificates of a file in their order.
     *
     * @throws IOException with one line, when there is none, or one is broken
     */
    public static List<X509Certificate> of(PemFile file) throws IOException {
        List<X509Certificate> certificates = new ArrayList<>();
        for (PemFile.Block block : file.blocks()) {
            if (block.label().equals(LABEL)) {
                certificates.add(certificate(file, block));
            }
        }
        if (certificates.isEmpty()) {
            throw file.mustBe("a PEM file with a certificate", ": it has none");
        }
        return certificates;
    }

    private static X509Certificate certificate(PemFile file, PemFile.Block block)
            throws IOException {
        try {
            return (X509Certificate)
                    CertificateFactory.getInstance("X.509")
                            .generateCertificate(new ByteArrayInputStream(block.der()));
        } catch (CertificateException e) {
            throw file.mustBe(
                    "a PEM file with a certificate", ": it is broken (" + e.getMessage() + ")");
        }
    }
}
