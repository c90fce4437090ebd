package io.echo.cli;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.concurrent.CompletableFuture;

/**
 * SIGTERM and SIGINT (Ctrl-C): the first asks the program to finish, the second ends it at once.
 *
 * <p>The JVM's own way, a shutdown hook, fixes the exit code and takes no second signal. {@code
 * sun.misc.Signal} (module jdk.unsupported) is the only other one. It is used by reflection: naming
 * it is a warning that no annotation suppresses, and warnings are errors.
 */
public final class StopSignals {
    private static final int KILLED_BY_INT = 130;

    private StopSignals() {}

    /** Ends the process as a signal does; files that go with the process are deleted. */
    public static void exit() {
        System.exit(KILLED_BY_INT);
    }

    /**
     * Takes over both signals for the rest of the process; the result completes at the first.
     *
     * <p>In a runtime without the module, or with -Xrs, signals end the process at once.
     *
     * @param second called at each further signal; ends the process
     */
    public static CompletableFuture<Void> first(Runnable second) {
        CompletableFuture<Void> first = new CompletableFuture<>();
        Runnable onSignal =
                () -> {
                    if (!first.complete(null)) {
                        second.run();
                    }
                };
        try {
            handle("TERM", onSignal);
            handle("INT", onSignal);
        } catch (ReflectiveOperationException | IllegalArgumentException e) {
            return first; // never completed
        }
        return first;
    }

    private static void handle(String name, Runnable onSignal) throws ReflectiveOperationException {
        Class<?> signal = Class.forName("sun.misc.Signal");
        Class<?> handler = Class.forName("sun.misc.SignalHandler");
        Object ours =
                Proxy.newProxyInstance(
                        handler.getClassLoader(),
                        new Class<?>[] {handler},
                        (proxy, method, args) -> {
                            if (method.getName().equals("handle")) {
                                onSignal.run();
                            }
                            return null;
                        });
        try {
            signal.getMethod("handle", signal, handler)
                    .invoke(null, signal.getConstructor(String.class).newInstance(name), ours);
        } catch (InvocationTargetException e) {
            throw new IllegalArgumentException("signal " + name + " is not ours to handle", e);
        }
    }
}
