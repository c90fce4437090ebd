package io.echo.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.echo.testing.Await;
import io.echo.testing.Namespace;
import io.echo.testing.Programs;
import io.echo.testing.RoutedNetwork;
import io.echo.testing.RunnableJar;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Our runnable jars, and helpers of a test, on both sides of a router. */
final class RoutedPrograms implements AutoCloseable {
    private static final int DEADLINE_SECONDS = 60;
    private static final Path SERVER = Path.of("..", "server", "target", "echo-server.jar");
    private static final Path CLIENT = Path.of("..", "client", "target", "echo-client.jar");
    private static final Path BENCH = Path.of("target", "echo-bench.jar");

    private final RoutedNetwork net;
    private final Path directory;
    private final AtomicInteger started = new AtomicInteger();

    private RoutedPrograms(RoutedNetwork net, Path directory) {
        this.net = net;
        this.directory = directory;
    }

    /** Makes a network without programs; ends the test where it cannot be made. */
    static RoutedPrograms open(Path directory) throws IOException {
        Namespace.requireRoot();
        Programs.require("nft");
        return new RoutedPrograms(RoutedNetwork.open(), directory);
    }

    RoutedNetwork net() {
        return net;
    }

    /** A program that runs, and the files that it writes. */
    record Running(Process process, Path out, Path err, Path json) {
        /** Waits until it prints this. */
        void awaitText(String text) throws Exception {
            Await.until(
                    "prints " + text,
                    () -> {
                        String said = Files.readString(out) + Files.readString(err);
                        assertThat(process.isAlive() || said.contains(text)).as(said).isTrue();
                        return said.contains(text);
                    });
        }

        /** Waits until a load has measured for a second. */
        void awaitMeasured() throws Exception {
            awaitText(" p50 ");
        }

        /** Lets so much time pass in which it goes on. */
        void goOn(long ms) throws InterruptedException {
            assertThat(process.waitFor(ms, TimeUnit.MILLISECONDS)).as("it goes on").isFalse();
        }

        void signal(String name) throws Exception {
            Process kill = new ProcessBuilder("kill", "-" + name, "" + process.pid()).start();
            assertThat(kill.waitFor()).isZero();
        }

        /** Waits for its end. */
        Seen end() throws Exception {
            assertThat(process.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS)).as("ends").isTrue();
            String said = Files.readString(out);
            String json = Files.exists(json()) ? Files.readString(json()) : said;
            return new Seen(
                    process.exitValue(),
                    said,
                    Files.readString(err),
                    json.startsWith("{")
                            ? JsonParser.parseString(json).getAsJsonObject()
                            : new JsonObject());
        }
    }

    /** A program that has ended. */
    record Seen(int exit, String text, String err, JsonObject json) {
        double number(String name) {
            return json.get(name).getAsDouble();
        }

        /** Returns the largest of these times, in seconds. */
        double largestS(String times) {
            return json.getAsJsonObject(times).get("max").getAsDouble() / 1e6;
        }

        /** Returns when the measured phase began. */
        Instant startedAt() {
            return Instant.parse(json.get("started_at").getAsString());
        }

        /** Returns the lines of what stands out. */
        List<String> found() {
            return text.lines().filter(line -> line.startsWith("FOUND: ")).toList();
        }
    }

    /** Starts the server behind the router; it is ready when this returns. */
    Running serve(String... flags) throws Exception {
        List<String> command =
                RunnableJar.brief(SERVER, "--host", RoutedNetwork.SERVER_4, "--admin-port", "off");
        command.addAll(List.of(flags));
        Running server = start(net.server(), command);
        server.awaitText("ready ");
        return server;
    }

    /** Starts a load from the client's side, with its result as text and as JSON. */
    Running load(String target, String... flags) throws IOException {
        List<String> command = RunnableJar.brief(BENCH, "load", target);
        // A busy machine makes the generator late; that is not what is tried.
        command.add("--max-lateness=1m");
        if (List.of(flags).stream().noneMatch(flag -> flag.startsWith("--warmup="))) {
            command.add("--warmup=500ms");
        }
        command.addAll(List.of(flags));
        return result(command);
    }

    /** Starts a merge of results. */
    Running merge(Path... results) throws IOException {
        List<String> command = RunnableJar.brief(BENCH, "merge");
        for (Path result : results) {
            command.add(result.toString());
        }
        return result(command);
    }

    private Running result(List<String> command) throws IOException {
        Path json = directory.resolve("result-" + started.incrementAndGet() + ".json");
        command.add("--json=" + json);
        Running running = start(net.client(), command);
        return new Running(running.process(), running.out(), running.err(), json);
    }

    /** Starts a ping from the client's side. */
    Running ping(String target, String... flags) throws IOException {
        List<String> command = RunnableJar.brief(CLIENT, "ping", target);
        command.addAll(List.of(flags));
        return start(net.client(), command);
    }

    /** Starts the main class of a test's helper in a namespace. */
    Running helper(Namespace place, Class<?> main, String... arguments) throws IOException {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                RunnableJar.JAVA,
                                RunnableJar.BRIEF,
                                "-cp",
                                Path.of("target", "test-classes").toString(),
                                main.getName()));
        command.addAll(List.of(arguments));
        return start(place, command);
    }

    /** Starts a program in a namespace. */
    Running start(Namespace place, List<String> command) throws IOException {
        String name = "program-" + started.incrementAndGet();
        Path out = directory.resolve(name + ".out");
        Path err = directory.resolve(name + ".err");
        Process process =
                new ProcessBuilder(place.command(command))
                        .redirectOutput(out.toFile())
                        .redirectError(err.toFile())
                        .start();
        return new Running(process, out, err, directory.resolve(name + ".none"));
    }

    @Override
    public void close() {
        net.close();
    }
}
