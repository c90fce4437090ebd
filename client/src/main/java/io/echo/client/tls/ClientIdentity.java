package io.echo.client.tls;

import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;

/**
 * The client's certificate and key, if it has any, which every server gets that asks for one.
 *
 * <p>Remembers whether a server has asked: not all say why they end a handshake. Any thread.
 */
final class ClientIdentity extends X509ExtendedKeyManager {
    private static final String ALIAS = "client";

    /** Bytes to sign, whatever they are. */
    private static final byte[] SAMPLE = {1, 2, 3, 4};

    /** The certificate and those that lead to its issuer, with the key of the first. */
    private record Pair(List<X509Certificate> chain, PrivateKey key) {}

    private final Optional<Pair> pair;
    private volatile boolean asked;

    private ClientIdentity(Optional<Pair> pair) {
        this.pair = pair;
    }

    /** Returns the identity of a client without a certificate. */
    static ClientIdentity none() {
        return new ClientIdentity(Optional.empty());
    }

    /**
     * Reads certificate and key.
     *
     * @throws IOException when a file cannot be used, or one does not belong to the other
     */
    static ClientIdentity read(Path cert, Path key) throws IOException {
        List<X509Certificate> chain = PemFiles.certificates("--cert", cert);
        PrivateKey secret = PemFiles.key("--key", key);
        if (!isPair(chain.get(0).getPublicKey(), secret)) {
            throw new IOException(
                    "--key must be that of the first certificate of --cert, got the key of another"
                            + " in "
                            + key);
        }
        return new ClientIdentity(Optional.of(new Pair(chain, secret)));
    }

    private static boolean isPair(PublicKey open, PrivateKey secret) {
        if (!open.getAlgorithm().equals(secret.getAlgorithm())) {
            return false;
        }
        String algorithm =
                switch (secret.getAlgorithm()) {
                    case "RSA" -> "SHA256withRSA";
                    case "EC" -> "SHA256withECDSA";
                    case "DSA" -> "SHA256withDSA";
                    default -> secret.getAlgorithm();
                };
        try {
            Signature signer = Signature.getInstance(algorithm);
            signer.initSign(secret);
            signer.update(SAMPLE);
            byte[] signature = signer.sign();
            signer.initVerify(open);
            signer.update(SAMPLE);
            return signer.verify(signature);
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    /** Tells whether a server has asked for a certificate. */
    boolean asked() {
        return asked;
    }

    /** Tells whether there is a certificate. */
    boolean present() {
        return pair.isPresent();
    }

    @Override
    public String chooseEngineClientAlias(String[] types, Principal[] issuers, SSLEngine engine) {
        asked = true;
        return pair.filter(own -> Arrays.asList(types).contains(own.key().getAlgorithm()))
                .map(own -> ALIAS)
                .orElse(null);
    }

    @Override
    public X509Certificate[] getCertificateChain(String alias) {
        return pair.map(own -> own.chain().toArray(X509Certificate[]::new)).orElse(null);
    }

    @Override
    public PrivateKey getPrivateKey(String alias) {
        return pair.map(Pair::key).orElse(null);
    }

    @Override
    public String[] getClientAliases(String type, Principal[] issuers) {
        return pair.map(own -> new String[] {ALIAS}).orElse(null);
    }

    @Override
    public String chooseClientAlias(String[] types, Principal[] issuers, Socket socket) {
        return chooseEngineClientAlias(types, issuers, null);
    }

    @Override
    public String[] getServerAliases(String type, Principal[] issuers) {
        return null;
    }

    @Override
    public String chooseServerAlias(String type, Principal[] issuers, Socket socket) {
        return null;
    }
}
