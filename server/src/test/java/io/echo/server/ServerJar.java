package io.echo.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The runnable jar as a process, up and ready; its end is SIGTERM and an exit code of 0. */
final class ServerJar implements AutoCloseable {
    private static final Path JAR = Path.of("target", "echo-server.jar");
    private static final Pattern TOTAL = Pattern.compile(" (\\w+)=(\\d+)");

    private final Process process;
    private final Path log;
    private final String ready;

    private ServerJar(Process process, Path log, String ready) {
        this.process = process;
        this.log = log;
        this.ready = ready;
    }

    /**
     * Starts the jar and waits for its ready line.
     *
     * @param prefix what runs it: nothing, or {@code ip netns exec NAME}
     */
    static ServerJar start(Path log, List<String> prefix, String... arguments)
            throws IOException {
        List<String> command = new ArrayList<>(prefix);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-Xmx256m", "-jar", JAR.toString()));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectError(log.toFile()).start();
        BufferedReader out = new BufferedReader(new InputStreamReader(process.getInputStream()));
        String ready = out.readLine();
        if (ready == null) {
            process.destroyForcibly();
            throw new AssertionError("not ready: " + Files.readString(log));
        }
        return new ServerJar(process, log, ready);
    }

    String ready() {
        return ready;
    }

    int udpPort() {
        Matcher port = Pattern.compile(" udp=\\S*?:(\\d+)[ ,]").matcher(ready);
        assertThat(port.find()).as(ready).isTrue();
        return Integer.parseInt(port.group(1));
    }

    String log() throws IOException {
        return Files.readString(log);
    }

    /** Waits for a line that holds this text. */
    void awaitLog(String text) throws IOException {
        long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(15);
        while (!log().contains(text)) {
            assertThat(System.nanoTime() - deadlineNs).as("no %s in%n%s", text, log()).isNegative();
            LockSupport.parkNanos(20_000_000);
        }
    }

    /** SIGTERM, and the counters of the last line: those that are not 0. */
    Map<String, Long> stop() throws IOException, InterruptedException {
        process.toHandle().destroy();
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).as("ends").isTrue();
        assertThat(process.exitValue()).as(log()).isZero();
        String[] parts = log().split("stopped:", 2);
        assertThat(parts).as(log()).hasSize(2);
        Map<String, Long> totals = new TreeMap<>();
        Matcher total = TOTAL.matcher(parts[1]);
        while (total.find()) {
            totals.put(total.group(1), Long.valueOf(total.group(2)));
        }
        return totals;
    }

    @Override
    public void close() {
        process.toHandle().destroyForcibly();
    }
}
