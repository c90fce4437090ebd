package io.echo.client.tls;

import io.echo.pem.PemCertificates;
import io.echo.pem.PemFile;
import io.echo.pem.PemKey;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.security.Principal;
import java.security.PrivateKey;
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
        List<X509Certificate> chain = PemCertificates.of(PemFile.read("--cert", cert));
        PemFile file = PemFile.read("--key", key);
        PrivateKey secret = PemKey.of(file);
        PemKey.requirePair(file, secret, chain.get(0).getPublicKey());
        return new ClientIdentity(Optional.of(new Pair(chain, secret)));
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
