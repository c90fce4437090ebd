package io.echo.cli;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.concurrent.CompletableFuture;
import java.util.function.IntConsumer;

/**
 * SIGTERM, SIGINT (Ctrl-C) and SIGHUP (the terminal has gone): the first asks the program to
 * finish, the second ends it at once.
 *
 * <p>The JVM's own way, a shutdown hook, fixes the exit code and takes no second signal. {@code
 * sun.misc.Signal} (module jdk.unsupported) is the only other one. It is used by reflection: naming
 * it is a warning that no annotation suppresses, and warnings are errors.
 */
public final class StopSignals {
    /** Exit code of a process that SIGHUP has ended, as shells tell it: 128 and its number. */
    public static final int HUNG_UP = 129;

    /** Exit code of a process that SIGINT has ended. */
    public static final int INTERRUPTED = 130;

    /** Exit code of a process that SIGTERM has ended. */
    public static final int TERMINATED = 143;

    private StopSignals() {}

    /**
     * Takes over these signals for the rest of the process; the result completes at the first, with
     * the exit code of a process that this signal ends.
     *
     * <p>One that was ignored when the process began stays ignored, as the JVM sees to: {@code
     * nohup} keeps its meaning.
     *
     * <p>In a runtime without the module, or with -Xrs, signals end the process at once.
     *
     * @param second called at each further signal with its exit code; ends the process
     */
    public static CompletableFuture<Integer> first(IntConsumer second) {
        CompletableFuture<Integer> first = new CompletableFuture<>();
        IntConsumer onSignal =
                code -> {
                    if (!first.complete(code)) {
                        second.accept(code);
                    }
                };
        try {
            handle("TERM", () -> onSignal.accept(TERMINATED));
            handle("INT", () -> onSignal.accept(INTERRUPTED));
            handle("HUP", () -> onSignal.accept(HUNG_UP));
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
