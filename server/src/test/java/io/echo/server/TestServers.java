package io.echo.server;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.echo.server.ServerConfig.Admin;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Optional;

/** Servers under test: on free ports, on loopback. */
final class TestServers {
    private TestServers() {}

    /** 127.0.0.1, free ports, two loops; reports a transport that is not for this platform. */
    static ServerConfig config(Transport transport) {
        assumeTrue(
                transport == Transport.NIO || System.getProperty("os.name").equals("Linux"),
                transport + " is for Linux");
        ServerConfig config = ServerConfig.DEFAULT;
        return config.withListen(
                        config.listen()
                                .withHosts("127.0.0.1")
                                .withPort(0)
                                .withTransport(transport)
                                .withLoops(2))
                .withAdmin(Optional.of(new Admin("127.0.0.1", 0)));
    }

    static EchoServer start(Transport transport) throws IOException {
        return EchoServer.start(config(transport));
    }

    static InetSocketAddress udp(EchoServer server) {
        return server.addresses().udp().get(0);
    }

    static InetSocketAddress tcp(EchoServer server) {
        return server.addresses().tcp().get(0);
    }

    static int port(EchoServer server) {
        return tcp(server).getPort();
    }

    static InetAddress loopback() throws IOException {
        return InetAddress.getByName("127.0.0.1");
    }
}
