package io.echo.server;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A reverse proxy that has a server's pages under a path of its own; nothing is held back. */
public final class PrefixProxy implements AutoCloseable {
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final HttpServer proxy;
    private final String prefix;
    private final int behind;

    /** Begins; {@code prefix} has no slash at its end. */
    public PrefixProxy(String prefix, int behind) throws IOException {
        this.prefix = prefix;
        this.behind = behind;
        proxy = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        proxy.createContext(prefix, this::pass);
        proxy.setExecutor(threads);
        proxy.start();
    }

    public String url() {
        return "http://127.0.0.1:" + proxy.getAddress().getPort() + prefix;
    }

    private void pass(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath().substring(prefix.length());
        URI target = URI.create("http://127.0.0.1:" + behind + (path.isEmpty() ? "/" : path));
        HttpURLConnection server = (HttpURLConnection) target.toURL().openConnection();
        try (exchange) {
            int status = server.getResponseCode();
            server.getHeaderFields()
                    .forEach(
                            (name, values) -> {
                                if (name != null
                                        && !name.matches("(?i)connection|transfer-encoding|date")) {
                                    exchange.getResponseHeaders().put(name, values);
                                }
                            });
            exchange.sendResponseHeaders(status, 0);
            OutputStream out = exchange.getResponseBody();
            InputStream in = status < 400 ? server.getInputStream() : server.getErrorStream();
            byte[] some = new byte[8_192];
            for (int read = in.read(some); read >= 0; read = in.read(some)) {
                out.write(some, 0, read);
                out.flush();
            }
        } finally {
            server.disconnect();
        }
    }

    @Override
    public void close() {
        proxy.stop(0);
        threads.shutdownNow();
    }
}
