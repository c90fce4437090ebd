package io.echo.server.fault;

import io.echo.net.Transport;
import io.echo.server.EchoServer;
import io.echo.server.Http;
import io.echo.server.Metric;
import io.echo.server.TestServers;
import io.echo.server.config.FaultPort;
import io.echo.server.config.FaultProfile;
import io.echo.server.config.ServerConfig;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.stream.Stream;

/** Servers with ports that misbehave, on loopback and free ports. */
final class FaultServers {
    private FaultServers() {}

    static ServerConfig config(Transport transport, String... profiles) {
        List<FaultPort> ports =
                Stream.of(profiles)
                        .map(profile -> new FaultPort(0, FaultProfile.parse(profile)))
                        .toList();
        return TestServers.config(transport).withFaults(new ServerConfig.Faults(ports, false));
    }

    /** The same with one port, on this number. */
    static ServerConfig config(Transport transport, int port, String profile) {
        FaultPort one = new FaultPort(port, FaultProfile.parse(profile));
        return TestServers.config(transport)
                .withFaults(new ServerConfig.Faults(List.of(one), false));
    }

    static EchoServer start(Transport transport, String... profiles) throws IOException {
        return EchoServer.start(config(transport, profiles));
    }

    /** The first port that misbehaves. */
    static InetSocketAddress at(EchoServer server) {
        return new InetSocketAddress("127.0.0.1", server.addresses().faults().get(0));
    }

    static String scrape(EchoServer server) throws IOException {
        return Http.get(server, "/metrics").body();
    }

    /**
     * The value of a metric of the first port; labels after the port as in {@code fault="loss"}.
     */
    static long metric(String scrape, EchoServer server, String name, String... labels) {
        String port = "port=\"" + server.addresses().faults().get(0) + "\"";
        String all =
                labels.length == 0
                        ? port
                        : labels[0].startsWith("fault")
                                ? labels[0] + "," + port
                                : port + "," + labels[0];
        return (long) Metric.value(scrape, name + "{" + all + "}");
    }
}
