package io.echo.client.tls;

import io.echo.pem.PemCertificates;
import io.echo.pem.PemFile;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import io.netty.util.NetUtil;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.IDN;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;

/**
 * TLS 1.2 and 1.3 for connections of a client, with the JDK's engine.
 *
 * <p>No session is resumed: every handshake is a full one. Any thread.
 */
public final class ClientTls {
    /** A session without a port is never found again, so none is resumed. */
    private static final int NO_PORT = -1;

    /** The longest that closing waits for a peer that does not read. */
    private static final long CLOSE_MS = 200;

    /** Threads for the costly steps of handshakes, which would hold up an event loop's probes. */
    private static final Executor WORK = workers();

    private final SslContext context;
    private final ClientIdentity identity;
    private final Optional<String> serverName;
    private final boolean insecure;

    private ClientTls(
            SslContext context,
            ClientIdentity identity,
            Optional<String> serverName,
            boolean insecure) {
        this.context = context;
        this.identity = identity;
        this.serverName = serverName;
        this.insecure = insecure;
    }

    /**
     * Reads the files.
     *
     * @throws IOException with a one-line message that names the flag, when one cannot be used
     */
    public static ClientTls of(TlsConfig config) throws IOException {
        ClientIdentity identity =
                config.cert().isPresent()
                        ? ClientIdentity.read(config.cert().get(), config.key().orElseThrow())
                        : ClientIdentity.none();
        List<X509Certificate> issuers =
                config.caCert().isPresent()
                        ? PemCertificates.of(PemFile.read("--cacert", config.caCert().get()))
                        : List.of();
        ServerTrust trust = config.insecure() ? ServerTrust.blind() : ServerTrust.in(issuers);
        SslContext context =
                SslContextBuilder.forClient()
                        .sslProvider(SslProvider.JDK)
                        .protocols("TLSv1.3", "TLSv1.2")
                        .trustManager(trust)
                        .keyManager(identity)
                        .sessionCacheSize(1)
                        .endpointIdentificationAlgorithm(null)
                        .build();
        warmUp(context);
        return new ClientTls(context, identity, config.serverName(), config.insecure());
    }

    /**
     * Makes a first message that nobody gets: a fresh JVM takes a tenth of a second or more to load
     * what that needs, which would count as time of the first handshake.
     */
    private static void warmUp(SslContext context) throws SSLException {
        SSLEngine engine = context.newEngine(UnpooledByteBufAllocator.DEFAULT);
        engine.beginHandshake();
        ByteBuffer out = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
        while (engine.getHandshakeStatus() != SSLEngineResult.HandshakeStatus.NEED_UNWRAP) {
            if (engine.getHandshakeStatus() == SSLEngineResult.HandshakeStatus.NEED_TASK) {
                engine.getDelegatedTask().run();
            } else {
                engine.wrap(ByteBuffer.allocate(0), out);
            }
        }
    }

    /**
     * Adds the handlers of a connection, which is connected once the handshake is done: a connect
     * fails with a {@link TlsFailure} when that fails.
     *
     * @param host of the target: asked for, and checked, unless another name is configured
     */
    public void addTo(ChannelPipeline pipeline, String host) {
        String name = plain(serverName.orElse(host));
        SslHandler handler =
                new SslHandler(
                        engine(context.newEngine(pipeline.channel().alloc(), name, NO_PORT)), WORK);
        handler.setCloseNotifyFlushTimeoutMillis(CLOSE_MS);
        pipeline.addLast(handler);
        pipeline.addLast(new TlsConnection(handler, new HandshakeWords(identity, name)));
    }

    private static Executor workers() {
        int cores = Runtime.getRuntime().availableProcessors();
        ThreadPoolExecutor workers =
                new ThreadPoolExecutor(
                        cores,
                        cores,
                        1,
                        TimeUnit.SECONDS,
                        new LinkedBlockingQueue<>(),
                        new DefaultThreadFactory("echo-tls", true));
        workers.allowCoreThreadTimeOut(true);
        return workers;
    }

    private SSLEngine engine(SSLEngine engine) {
        SSLParameters parameters = engine.getSSLParameters();
        String name = engine.getPeerHost();
        if (!isAddress(name)) {
            parameters.setServerNames(
                    List.of(new SNIHostName(name.getBytes(StandardCharsets.US_ASCII))));
        }
        parameters.setEndpointIdentificationAlgorithm(insecure ? null : "HTTPS");
        engine.setSSLParameters(parameters);
        return engine;
    }

    /** Tells whether a name can be asked for and checked. */
    public static boolean isName(String text) {
        try {
            String name = plain(text);
            return isAddress(name) || new SNIHostName(name).getType() >= 0;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static boolean isAddress(String name) {
        return NetUtil.isValidIpV4Address(name) || NetUtil.isValidIpV6Address(name);
    }

    /** Returns a host as certificates write it: in ASCII, without zone, brackets and last dot. */
    private static String plain(String host) {
        String name = host.replaceFirst("^\\[(.*)]$", "$1").replaceFirst("[.]$", "");
        return name.indexOf(':') >= 0 ? name.replaceFirst("%.*", "") : IDN.toASCII(name);
    }
}
