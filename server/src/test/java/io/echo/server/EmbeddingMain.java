package io.echo.server;

import io.echo.net.Transport;
import io.echo.server.admin.MetricsTest;
import io.echo.server.config.ServerConfig;
import java.io.IOException;
import java.net.Socket;
import java.util.List;
import java.util.Optional;

/** A program that embeds the server; started by {@link MetricsTest} with fewer libraries. */
public final class EmbeddingMain {
    private EmbeddingMain() {}

    public static void main(String[] args) throws IOException {
        ServerConfig config =
                TestServers.config(Transport.NIO).withDrain(ServerConfig.Drain.DEFAULT);
        try (EchoServer server = EchoServer.start(config.withAdmin(Optional.empty()));
                Socket peer = new Socket("127.0.0.1", server.addresses().tcp().get(0).getPort())) {
            peer.getOutputStream().write(9);
            System.out.println("without admin " + peer.getInputStream().read());
        }
        try (EchoServer server = EchoServer.start(config)) {
            for (String path : List.of("/livez", "/metrics", "/metrics", "/info", "/readyz")) {
                Http.Answer answer = Http.get(server, path);
                System.out.println(
                        path
                                + " "
                                + answer.status()
                                + " "
                                + answer.body().strip().replaceAll("java\\..*", ""));
            }
        }
    }
}
