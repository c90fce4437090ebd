package io.echo.server.proxy;

import io.echo.testing.Programs;
import io.echo.testing.Readme;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A real balancer in front of a server, with the configuration that the README shows. */
final class Balancer implements AutoCloseable {
    private final Process process;
    private final Path log;

    private Balancer(Path directory, String name, String... command) throws IOException {
        log = directory.resolve(name + ".log");
        List<String> line = new ArrayList<>(Arrays.asList(command));
        line.set(0, Programs.require(name));
        process =
                new ProcessBuilder(line)
                        .directory(directory.toFile())
                        .redirectErrorStream(true)
                        .redirectOutput(log.toFile())
                        .start();
    }

    /** HAProxy, which checks the server's health ten times a second. */
    static Balancer haproxy(Path directory, int port, int server, String sends) throws IOException {
        String text =
                configuration("haproxy", port, server)
                        .replace("send-proxy-v2", sends)
                        .replace("inter 2s", "inter 100ms");
        Path file = write(directory, "haproxy.cfg", text);
        return new Balancer(directory, "haproxy", "haproxy", "-db", "-f", file.toString());
    }

    static Balancer nginx(Path directory, int port, int server) throws IOException {
        Path module = Path.of("/usr/lib/nginx/modules/ngx_stream_module.so");
        if (!Files.exists(module)) {
            Programs.missing("this test needs nginx with " + module);
        }
        String text =
                "load_module %s;\npid nginx.pid;\nerror_log stderr;\nevents {}\n".formatted(module)
                        + configuration("nginx", port, server);
        Path file = write(directory, "nginx.conf", text);
        return new Balancer(
                directory,
                "nginx",
                "nginx",
                "-p",
                directory.toString(),
                "-c",
                file.toString(),
                "-g",
                "daemon off; master_process off;");
    }

    static Balancer dnsdist(Path directory, int port, int server) throws IOException {
        String text =
                "setSecurityPollSuffix('')\n" // Asks no name server out there.
                        + configuration("dnsdist", port, server);
        Path file = write(directory, "dnsdist.conf", text);
        return new Balancer(
                directory,
                "dnsdist",
                "dnsdist",
                "-C",
                file.toString(),
                "--supervised",
                "--disable-syslog");
    }

    private static String configuration(String name, int port, int server) throws IOException {
        return Readme.block(name).replace("2105", "" + server).replace("7007", "" + port);
    }

    private static Path write(Path directory, String name, String text) throws IOException {
        return Files.writeString(directory.resolve(name), text);
    }

    /** Its output so far. */
    String log() throws IOException {
        return Files.readString(log);
    }

    boolean isAlive() {
        return process.isAlive();
    }

    @Override
    public void close() {
        process.destroy();
        if (!process.onExit()
                .completeOnTimeout(null, 10, TimeUnit.SECONDS)
                .thenApply(e -> e != null)
                .join()) {
            process.destroyForcibly().onExit().join();
        }
    }
}
