package io.echo.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A server in a process of its own, and what the kernel says of that process. */
final class ServerProcess implements AutoCloseable {
    private static final Path JAR = Path.of("target", "echo-server.jar");
    private static final Pattern TOTAL = Pattern.compile(" ([a-z_]+)=(\\d+)");

    private final Process process;
    private final BufferedReader out;
    private final Path errFile;
    private final String ready;

    private ServerProcess(Process process, Path errFile) throws IOException {
        this.process = process;
        this.out = new BufferedReader(new InputStreamReader(process.getInputStream()));
        this.errFile = errFile;
        this.ready = String.valueOf(out.readLine());
    }

    /** Starts and waits for the ready line, or for the end of a process that prints none. */
    static ServerProcess start(Path errFile, List<String> command) throws IOException {
        Process process = new ProcessBuilder(command).redirectError(errFile.toFile()).start();
        return new ServerProcess(process, errFile);
    }

    /** The runnable jar, with flags for the JVM in front. */
    static List<String> jar(List<String> jvm, String... arguments) {
        List<String> command = new ArrayList<>(List.of(java("java")));
        command.addAll(jvm);
        command.addAll(List.of("-jar", JAR.toString()));
        command.addAll(List.of(arguments));
        return command;
    }

    /** The same command under another limit of descriptors; the JVM raises soft ones to hard. */
    static List<String> withDescriptors(int limit, List<String> command) {
        List<String> limited =
                new ArrayList<>(
                        List.of("sh", "-c", "ulimit -S -n $0 && ulimit -H -n $0 && exec \"$@\""));
        limited.add(String.valueOf(limit));
        limited.addAll(command);
        return limited;
    }

    /** A program of the JDK that runs this test. */
    static String java(String program) {
        return Path.of(System.getProperty("java.home"), "bin", program).toString();
    }

    long pid() {
        return process.pid();
    }

    String ready() {
        return ready;
    }

    /** The first port of a field of the ready line. */
    int port(String field) {
        Matcher matcher = Pattern.compile(" " + field + "=\\S*?:(\\d+)[ ,]").matcher(ready + " ");
        assertThat(matcher.find()).as(ready).isTrue();
        return Integer.parseInt(matcher.group(1));
    }

    /** The next line on stdout. */
    String readLine() throws IOException {
        return out.readLine();
    }

    /** SIGTERM; {@code Process.destroy} would close the streams with it. */
    void terminate() {
        process.toHandle().destroy();
    }

    boolean alive() {
        return process.isAlive();
    }

    int exitCode() throws InterruptedException {
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).as("ends").isTrue();
        return process.exitValue();
    }

    List<String> err() throws IOException {
        return Files.readAllLines(errFile);
    }

    /** The counters of the line that says good-bye. */
    Map<Counter, Long> totals() throws IOException {
        String line =
                err().stream().filter(l -> l.contains("stopped:")).findFirst().orElseThrow();
        Map<Counter, Long> totals = new HashMap<>();
        for (Counter counter : Counter.values()) {
            totals.put(counter, 0L);
        }
        Matcher matcher = TOTAL.matcher(line);
        while (matcher.find()) {
            totals.put(
                    Counter.valueOf(matcher.group(1).toUpperCase(Locale.ROOT)),
                    Long.parseLong(matcher.group(2)));
        }
        return totals;
    }

    /** Processor time so far, of all threads. */
    Duration cpu() {
        return process.toHandle().info().totalCpuDuration().orElseThrow();
    }

    int descriptors() throws IOException {
        try (Stream<Path> fds = Files.list(Path.of("/proc/" + pid() + "/fd"))) {
            return (int) fds.count();
        }
    }

    long residentBytes() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/" + pid() + "/status"))) {
            if (line.startsWith("VmRSS:")) {
                return Long.parseLong(line.replaceAll("\\D", "")) << 10;
            }
        }
        throw new IOException("no VmRSS");
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
