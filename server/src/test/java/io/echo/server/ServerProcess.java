package io.echo.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.echo.server.metrics.Counter;
import io.echo.testing.Await;
import io.echo.testing.RunnableJar;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The runnable jar as a process, and what the kernel says of that process. */
public final class ServerProcess implements AutoCloseable {
    private static final Path JAR = Path.of("target", "echo-server.jar");
    private static final Pattern TOTAL = Pattern.compile(" ([a-z_]+)=(\\d+)");

    private final Process process;
    private final BufferedReader out;
    private final Path log;
    private final String ready;

    private ServerProcess(Process process, Path log) throws IOException {
        this.process = process;
        this.out = new BufferedReader(new InputStreamReader(process.getInputStream()));
        this.log = log;
        String first = out.readLine();
        this.ready = first == null ? "" : first;
    }

    /**
     * Starts the jar and waits for its ready line, or for its end without one.
     *
     * @param log takes stderr
     */
    public static ServerProcess start(Path log, String... arguments) throws IOException {
        return start(log, Map.of(), brief(arguments));
    }

    /** The same on the server's side of two namespaces. */
    public static ServerProcess start(Path log, Namespaces net, String... arguments)
            throws IOException {
        return start(log, Map.of(), behind(net.server(), brief(arguments)));
    }

    /** The same for a command that runs the jar, with these variables besides. */
    public static ServerProcess start(
            Path log, Map<String, String> environment, List<String> command) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(log.toFile());
        builder.environment().putAll(environment);
        return new ServerProcess(builder.start(), log);
    }

    /** The jar's command, for a server that lives for seconds. */
    static List<String> brief(String... arguments) {
        return RunnableJar.brief(JAR, arguments);
    }

    /** The jar's command, with flags for the JVM in front. */
    static List<String> jar(List<String> jvm, String... arguments) {
        List<String> command = new ArrayList<>(List.of(java("java")));
        command.addAll(jvm);
        command.addAll(List.of("-jar", JAR.toString()));
        command.addAll(List.of(arguments));
        return command;
    }

    /** A command behind another one that runs it, such as {@code ip netns exec NAME}. */
    static List<String> behind(List<String> prefix, List<String> command) {
        return Stream.concat(prefix.stream(), command.stream()).toList();
    }

    /** The same command under another limit of descriptors; the JVM raises soft ones to hard. */
    static List<String> withDescriptors(int limit, List<String> command) {
        String limited = "ulimit -S -n $0 && ulimit -H -n $0 && exec \"$@\"";
        return behind(List.of("sh", "-c", limited, String.valueOf(limit)), command);
    }

    /** A program of the JDK that runs this test. */
    static String java(String program) {
        return Path.of(System.getProperty("java.home"), "bin", program).toString();
    }

    /** Bytes in the kernel that peers have not acknowledged, of closed connections too. */
    long sendQueueBytes() throws IOException {
        return TcpTable.waiting(pid(), port("tcp")).sum();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    long pid() {
        return process.pid();
    }

    /** The first line on stdout; nothing if there was none. */
    String ready() {
        return ready;
    }

    /** The first port of a field of the ready line. */
    public int port(String field) {
        Matcher matcher = Pattern.compile(" " + field + "=\\S*?:(\\d+)[ ,]").matcher(ready + " ");
        assertThat(matcher.find()).as("ready: %s", ready).isTrue();
        return Integer.parseInt(matcher.group(1));
    }

    /** Returns the lines of stdout after the first one, until it ends. */
    List<String> restOfOut() {
        return out.lines().toList();
    }

    /** SIGTERM; {@code Process.destroy} would close the streams with it. */
    public void terminate() {
        process.toHandle().destroy();
    }

    /** Once it has ended; it is made to if it does not. */
    public int exitCode() throws InterruptedException {
        boolean ended = process.waitFor(30, TimeUnit.SECONDS);
        close();
        assertThat(ended).as("ends").isTrue();
        return process.exitValue();
    }

    /** SIGTERM, and the counters that are not 0 of one that ends as it should. */
    Map<Counter, Long> stop() throws IOException, InterruptedException {
        terminate();
        assertThat(exitCode()).as(log()).isZero();
        return totals();
    }

    /** The counters of the line that says good-bye: those that are not 0. */
    Map<Counter, Long> totals() throws IOException {
        String[] parts = log().split("stopped:", 2);
        assertThat(parts).as(log()).hasSize(2);
        Map<Counter, Long> totals = new EnumMap<>(Counter.class);
        Matcher total = TOTAL.matcher(parts[1]);
        while (total.find()) {
            totals.put(
                    Counter.valueOf(total.group(1).toUpperCase(Locale.ROOT)),
                    Long.parseLong(total.group(2)));
        }
        return totals;
    }

    String log() throws IOException {
        return Files.readString(log);
    }

    List<String> logLines() throws IOException {
        return Files.readAllLines(log);
    }

    /** Waits for a line that holds this text. */
    void awaitLine(String regex) throws Exception {
        Pattern line = Pattern.compile(regex);
        Await.until("there is a line with: " + regex, () -> line.matcher(log()).find());
    }

    void awaitLog(String text) throws Exception {
        Await.until("there is a line with: " + text, () -> log().contains(text));
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

    /** At once, if it has not ended; on one that has, it would close the streams. */
    @Override
    public void close() {
        if (process.isAlive()) {
            process.destroyForcibly();
        }
    }
}
