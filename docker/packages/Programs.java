import java.io.IOException;
import java.lang.reflect.Method;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Main class of the jar that the three programs share in a package: the first argument names one.
 *
 * <p>{@code train} runs all three in one process, from which one AOT cache for all is made. Each
 * program ends in {@link System#exit}; there it waits, in a shutdown hook, until all have done so.
 */
public final class Programs {
    private static final Map<String, String> MAINS =
            Map.of(
                    "server", "io.echo.server.command.ServerMain",
                    "client", "io.echo.client.command.ClientMain",
                    "bench", "io.echo.bench.command.BenchMain");

    private static final int SECONDS = 60;

    private static final String ASKED =
            "GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

    /** More than clients would cause, over each protocol. */
    private static final Pattern MANY =
            Pattern.compile("(?m)^echo_(udp|tcp)_bytes_received_total (\\d{5,}|.*E[4-9])");

    private Programs() {}

    /** Runs the program that the first argument names, with the other arguments. */
    public static void main(String[] args) throws Exception {
        if (args[0].equals("train")) {
            train(Path.of(args[1]));
        } else {
            run(args);
        }
    }

    private static void run(String... args) throws ReflectiveOperationException {
        Method main = Class.forName(MAINS.get(args[0])).getMethod("main", String[].class);
        main.setAccessible(true);
        main.invoke(null, (Object) Arrays.copyOfRange(args, 1, args.length));
    }

    /** Runs the programs against each other; standard output goes to a file in this folder. */
    private static void train(Path folder) throws Exception {
        start("server", "--host", "127.0.0.1", "--port", "0");
        Path output = folder.resolve("ready");
        while (!Files.readString(output).contains("\n")) {
            Thread.sleep(10);
        }
        String ready = Files.readString(output);
        String target = ready.replaceFirst("(?s).* tcp=([0-9.:]+) .*", "$1");
        int admin = Integer.parseInt(ready.replaceFirst("(?s).* admin=[0-9.]+:([0-9]+) .*", "$1"));
        List<Thread> programs = new ArrayList<>();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> awaitEnd(programs)));
        for (String page : List.of("/readyz", "/info", "/")) {
            ask(admin, page);
        }
        for (String protocol : List.of("udp", "tcp")) {
            List<String> load =
                    new ArrayList<>(List.of("bench", "load", protocol + "://" + target));
            load.addAll(List.of("--window 4 --connections 4 --warmup 0s --duration 3s".split(" ")));
            load.addAll(List.of("--json", folder.resolve(protocol).toString()));
            programs.add(start(load.toArray(String[]::new)));
        }
        // A load that has begun may end behind the exit of a client; one that begins there may not.
        while (MANY.matcher(ask(admin, "/metrics")).results().count() < 2) {
            Thread.sleep(10);
        }
        for (String protocol : List.of("udp://", "tcp://")) {
            programs.add(start("client", "send", protocol + target, "hello"));
            programs.add(start("client", "ping", protocol + target, "-c", "100", "-i", "10ms"));
        }
    }

    private static Thread start(String... args) {
        Thread thread =
                new Thread(
                        () -> {
                            try {
                                run(args);
                            } catch (ReflectiveOperationException e) {
                                throw new IllegalStateException(e);
                            }
                        });
        thread.start();
        return thread;
    }

    private static String ask(int port, String page) throws IOException {
        try (Socket admin = new Socket(InetAddress.getLoopbackAddress(), port)) {
            admin.getOutputStream().write(ASKED.formatted(page).getBytes(StandardCharsets.UTF_8));
            return new String(admin.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static void awaitEnd(List<Thread> programs) {
        long last = System.nanoTime() + SECONDS * 1_000_000_000L;
        while (!programs.stream().allMatch(Programs::exits) && System.nanoTime() < last) {
            try {
                Thread.sleep(50);
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    private static boolean exits(Thread program) {
        return !program.isAlive()
                || Stream.of(program.getStackTrace())
                        .anyMatch(frame -> frame.getClassName().equals("java.lang.Shutdown"));
    }
}
