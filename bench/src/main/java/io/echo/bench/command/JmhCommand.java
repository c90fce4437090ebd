package io.echo.bench.command;

import io.echo.net.Transport;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Unmatched;

/**
 * The {@code jmh} command: JMH's own program with its own flags, {@code -h} included. Without
 * arguments it runs a subset that takes about five minutes.
 *
 * <p>JMH runs in a JVM of its own: JDK 25 warns of its use of memory unless a JVM flag allows it.
 * JDK 17 does not know that flag and is told to ignore it. JMH passes these flags to its forks.
 */
@Command(
        name = JmhCommand.NAME,
        description = {
            "Run the JMH benchmarks; flags are JMH's own (jmh -h).",
            "Without any: a subset that takes about five minutes."
        },
        mixinStandardHelpOptions = true,
        addMethodSubcommands = false)
final class JmhCommand implements Runnable {
    static final String NAME = "jmh";

    private static final List<String> JVM_FLAGS =
            List.of(
                    "-XX:+IgnoreUnrecognizedVMOptions",
                    "--sun-misc-unsafe-memory-access=allow",
                    "--enable-native-access=ALL-UNNAMED",
                    "--add-opens=java.base/java.nio=ALL-UNNAMED",
                    "--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED",
                    "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
                    "-Dio.netty.tryReflectionSetAccessible=true",
                    "-Dio.netty.leakDetection.level=disabled");

    /** Every benchmark once: one fork, eight seconds, small packets, with the allocation rate. */
    private static final List<String> SUBSET =
            List.of(
                    "-f",
                    "1",
                    "-wi",
                    "2",
                    "-w",
                    "1",
                    "-i",
                    "6",
                    "-r",
                    "1",
                    "-p",
                    "payloadBytes=64",
                    "-p",
                    "probeBytes=64",
                    "-prof",
                    "gc");

    @Unmatched private List<String> ignored;

    /** Runs JMH with these arguments, or the subset without any, and returns its exit code. */
    static int run(List<String> given, PrintStream out, PrintStream err)
            throws IOException, InterruptedException {
        List<String> arguments = given;
        if (given.isEmpty()) {
            arguments = new ArrayList<>(SUBSET);
            arguments.addAll(List.of("-p", "transport=" + transports()));
            err.println(
                    "no arguments: a subset of about five minutes, each benchmark for eight"
                            + " seconds in one fork, with packets of 64 bytes, on "
                            + transports().replace(",", " and ")
                            + "; the whole, twelve minutes and more: jmh .");
        }
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(JVM_FLAGS);
        command.add("-cp");
        command.add(System.getProperty("java.class.path"));
        command.add("org.openjdk.jmh.Main");
        // All our commands have --help; JMH has -h only.
        arguments.forEach(flag -> command.add(flag.equals("--help") ? "-h" : flag));
        // JMH would not notice that its output cannot be written.
        Process process =
                new ProcessBuilder(command).inheritIO().redirectOutput(Redirect.PIPE).start();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> end(process)));
        process.getInputStream().transferTo(out);
        return process.waitFor();
    }

    /** Ends JMH and its forks with this process, also when a signal did not reach them. */
    private static void end(Process process) {
        List<ProcessHandle> forks = process.descendants().toList();
        process.destroy();
        forks.forEach(ProcessHandle::destroy);
    }

    private static String transports() {
        return Transport.EPOLL.unavailabilityCause().isEmpty() ? "nio,epoll" : "nio";
    }

    @Override
    public void run() {
        throw new IllegalStateException("BenchMain runs JMH itself, with all arguments");
    }
}
