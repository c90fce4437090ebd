package io.echo.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Unmatched;

/**
 * The {@code jmh} command: JMH's own program with its own flags, {@code -h} included.
 *
 * <p>In a JVM of its own, since JDK 25 warns of what JMH does with memory unless a flag of the JVM
 * allows it, which JDK 17 does not know and is told to ignore. JMH hands both on to its forks.
 */
@Command(
        name = JmhCommand.NAME,
        description = "Run the JMH benchmarks; flags are JMH's own (jmh -h).")
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

    @Unmatched private List<String> ignored;

    /** Runs JMH with these arguments and returns its exit code. */
    static int run(List<String> arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(JVM_FLAGS);
        command.add("-cp");
        command.add(System.getProperty("java.class.path"));
        command.add("org.openjdk.jmh.Main");
        command.addAll(arguments);
        Process process = new ProcessBuilder(command).inheritIO().start();
        try {
            return process.waitFor();
        } finally {
            process.destroy();
        }
    }

    @Override
    public void run() {
        throw new IllegalStateException("the edge starts JMH itself, with all of its arguments");
    }
}
