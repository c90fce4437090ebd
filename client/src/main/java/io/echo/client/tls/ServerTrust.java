package io.echo.client.tls;

import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Judges a server's certificates as the JDK does, and says in plain words why it refuses them.
 *
 * <p>Any thread.
 */
final class ServerTrust extends X509ExtendedTrustManager {
    private final Optional<X509ExtendedTrustManager> judge;

    /** True if the trusted certificates are those of {@code --cacert}. */
    private final boolean own;

    private ServerTrust(Optional<X509ExtendedTrustManager> judge, boolean own) {
        this.judge = judge;
        this.own = own;
    }

    /** Trusts every server. */
    static ServerTrust blind() {
        return new ServerTrust(Optional.empty(), false);
    }

    /**
     * Trusts servers whose certificates lead to one of these.
     *
     * @param issuers empty for those that the JDK trusts
     */
    static ServerTrust in(List<X509Certificate> issuers) throws IOException {
        try {
            KeyStore store = null;
            if (!issuers.isEmpty()) {
                store = KeyStore.getInstance(KeyStore.getDefaultType());
                store.load(null, null);
                for (int i = 0; i < issuers.size(); i++) {
                    store.setCertificateEntry("ca-" + i, issuers.get(i));
                }
            }
            TrustManagerFactory factory =
                    TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            factory.init(store);
            for (TrustManager manager : factory.getTrustManagers()) {
                if (manager instanceof X509ExtendedTrustManager judge) {
                    return new ServerTrust(Optional.of(judge), !issuers.isEmpty());
                }
            }
            throw new IOException("this JDK has nothing that judges certificates");
        } catch (GeneralSecurityException e) {
            throw new IOException("the JDK's trust store cannot be used: " + e.getMessage(), e);
        }
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine)
            throws CertificateException {
        if (judge.isEmpty()) {
            return;
        }
        try {
            judge.get().checkServerTrusted(chain, type, engine);
        } catch (CertificateException e) {
            throw new RefusedCertificate(
                    CertificateWords.why(List.of(chain), engine.getPeerHost(), own, e), e);
        }
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket)
            throws CertificateException {
        throw new CertificateException("only engines are used");
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type)
            throws CertificateException {
        throw new CertificateException("only engines are used");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine)
            throws CertificateException {
        throw new CertificateException("this is a client");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket)
            throws CertificateException {
        throw new CertificateException("this is a client");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type)
            throws CertificateException {
        throw new CertificateException("this is a client");
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return new X509Certificate[0];
    }
}
