package io.echo.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A network namespace of Linux with a name drawn at random, alone until interfaces join it.
 *
 * <p>Nothing in it reaches this host or beyond. {@link #close} ends what still runs in it and
 * removes it with its interfaces.
 */
public final class Namespace implements AutoCloseable {
    private static final int DEADLINE_SECONDS = 60;

    private final String name;

    private Namespace(String name) {
        this.name = name;
    }

    /**
     * Makes a namespace; its loopback device is up.
     *
     * @param role part of its name, for whoever finds one that was left
     */
    public static Namespace open(String role) throws IOException {
        requireRoot();
        String id = Integer.toHexString(ThreadLocalRandom.current().nextInt() | 1 << 31);
        Namespace namespace = new Namespace("echo-" + role + "-" + id);
        finish(List.of(Programs.require("ip"), "netns", "add", namespace.name));
        try {
            namespace.ip("link set lo up");
            return namespace;
        } catch (IOException | RuntimeException | AssertionError e) {
            namespace.close();
            throw e;
        }
    }

    /** Ends the test where this user is not root on Linux: {@link Programs#missing}. */
    public static void requireRoot() throws IOException {
        Path self = Path.of("/proc/self");
        if (!Files.exists(self) || !Files.getAttribute(self, "unix:uid").equals(0)) {
            Programs.missing(
                    "this test needs root on Linux, for raw sockets and network namespaces");
        }
    }

    /** Returns the name by which {@code ip -n} and {@code ip netns} know it. */
    public String name() {
        return name;
    }

    /** Returns the command that runs this one inside. */
    public List<String> command(List<String> inside) {
        return Stream.concat(
                        Stream.of(Programs.require("ip"), "netns", "exec", name), inside.stream())
                .toList();
    }

    /** Runs a program inside to its end, which must be a success, and returns what it prints. */
    public String run(String... command) throws IOException {
        List<String> inside = new ArrayList<>(List.of(command));
        inside.set(0, path(command[0]));
        return finish(command(inside));
    }

    private static String path(String program) {
        return program.contains("/") ? program : Programs.require(program);
    }

    /** Runs {@code ip} with these words, parted by single spaces. */
    public void ip(String words) throws IOException {
        List<String> command = new ArrayList<>(List.of(Programs.require("ip"), "-n", name));
        command.addAll(List.of(Pattern.compile(" ").split(words)));
        finish(command);
    }

    /** Carries out a line of nftables: {@code add rule inet echo forward udp dport 9 drop}. */
    public void nft(String line) throws IOException {
        run("nft", line);
    }

    /** Writes a kernel setting: {@code net/ipv6/conf/all/disable_ipv6=1}. */
    public void set(String setting) throws IOException {
        String[] pair = setting.split("=", 2);
        run("sh", "-c", "echo " + pair[1] + " > /proc/sys/" + pair[0]);
    }

    /** Runs a Python program inside and returns what it prints. */
    public String python(String program, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of("python3", "-c", program));
        command.addAll(List.of(arguments));
        return run(command.toArray(String[]::new)).strip();
    }

    /** Ends what runs inside, then removes the namespace; says so where that fails. */
    @Override
    public void close() {
        try {
            finish(List.of(Programs.require("ip"), "netns", "pids", name))
                    .lines()
                    .map(Long::parseLong)
                    .flatMap(pid -> ProcessHandle.of(pid).stream())
                    .forEach(ProcessHandle::destroyForcibly);
            finish(List.of(Programs.require("ip"), "netns", "del", name));
        } catch (IOException | AssertionError e) {
            System.err.println("namespace " + name + " is left: " + e.getMessage());
        }
    }

    private static String finish(List<String> command) throws IOException {
        Process process = new ProcessBuilder(command).start();
        try {
            process.getOutputStream().close();
            CompletableFuture<String> out = text(process.inputReader()::readLine);
            CompletableFuture<String> err = text(process.errorReader()::readLine);
            assertThat(process.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS))
                    .as("%s ends within %d s", command, DEADLINE_SECONDS)
                    .isTrue();
            assertThat(process.exitValue()).as("%s: %s", command, err.join()).isZero();
            return out.join();
        } catch (InterruptedException e) {
            throw new IOException(e);
        } finally {
            process.destroyForcibly();
        }
    }

    private interface Lines {
        String next() throws IOException;
    }

    private static CompletableFuture<String> text(Lines lines) {
        return CompletableFuture.supplyAsync(
                () -> {
                    try {
                        StringBuilder all = new StringBuilder();
                        for (String line; (line = lines.next()) != null; ) {
                            all.append(line).append('\n');
                        }
                        return all.toString();
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                });
    }
}
