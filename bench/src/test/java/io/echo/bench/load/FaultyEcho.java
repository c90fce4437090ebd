package io.echo.bench.load;

import io.echo.net.Protocol;
import io.echo.net.Target;
import io.echo.server.EchoServer;
import io.echo.server.config.FaultPort;
import io.echo.server.config.FaultProfile;
import io.echo.server.config.ServerConfig;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/**
 * A port of our own server that misbehaves by a profile. Where a test needs a server that shares no
 * code with ours, or that answers by what it is asked, {@link OddServer} serves.
 */
public final class FaultyEcho implements AutoCloseable {
    private final EchoServer server;

    private FaultyEcho(EchoServer server) {
        this.server = server;
    }

    public static FaultyEcho start(String profile) throws IOException {
        ServerConfig config = ServerConfig.DEFAULT;
        FaultPort port = new FaultPort(0, FaultProfile.parse(profile));
        return new FaultyEcho(
                EchoServer.start(
                        config.withListen(
                                        config.listen()
                                                .withHosts("127.0.0.1")
                                                .withPort(0)
                                                .withLoops(1))
                                .withAdmin(Optional.empty())
                                .withDrain(ServerConfig.Drain.NONE)
                                .withFaults(new ServerConfig.Faults(List.of(port), false))));
    }

    public Target target(Protocol protocol) {
        return new Target(protocol, "127.0.0.1", server.addresses().faults().get(0));
    }

    @Override
    public void close() {
        server.close();
    }
}
