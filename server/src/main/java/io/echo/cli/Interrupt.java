package io.echo.cli;

import java.lang.reflect.Proxy;
import java.util.concurrent.CompletableFuture;

/**
 * Ctrl-C, or SIGTERM, as a request to finish: a run ends early and still reports.
 *
 * <p>The second one ends the process at once, but for files that go with it. The JVM's own way, a
 * shutdown hook, fixes the exit code and takes no second signal; {@code sun.misc.Signal} (module
 * jdk.unsupported) is the only other one. It is used by reflection: naming it is a warning that no
 * annotation suppresses.
 */
public final class Interrupt {
    private static final int KILLED_BY_INT = 130;

    private Interrupt() {}

    /** Takes over both signals for the rest of the process; the result completes at the first. */
    public static CompletableFuture<Void> first() {
        CompletableFuture<Void> first = new CompletableFuture<>();
        try {
            handle("INT", first);
            handle("TERM", first);
        } catch (ReflectiveOperationException | IllegalArgumentException e) {
            // A runtime without the module, or -Xrs: finish while the JVM is going down.
            Thread finishing = Thread.currentThread();
            Runtime.getRuntime().addShutdownHook(new Thread(() -> finish(first, finishing)));
        }
        return first;
    }

    private static void finish(CompletableFuture<Void> first, Thread finishing) {
        first.complete(null);
        try {
            finishing.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void handle(String name, CompletableFuture<Void> first)
            throws ReflectiveOperationException {
        Class<?> signal = Class.forName("sun.misc.Signal");
        Class<?> handler = Class.forName("sun.misc.SignalHandler");
        Object ours =
                Proxy.newProxyInstance(
                        handler.getClassLoader(),
                        new Class<?>[] {handler},
                        (proxy, method, args) -> {
                            if (method.getName().equals("handle") && !first.complete(null)) {
                                System.exit(KILLED_BY_INT);
                            }
                            return null;
                        });
        signal.getMethod("handle", signal, handler)
                .invoke(null, signal.getConstructor(String.class).newInstance(name), ours);
    }
}
