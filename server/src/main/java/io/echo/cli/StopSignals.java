package io.echo.cli;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Turns the first SIGTERM or SIGINT into a clean stop, and the second into one at once.
 *
 * <p>The JVM's own way is a shutdown hook: it ends with exit code 143 or 130 and takes no second
 * signal. {@code sun.misc.Signal} (module jdk.unsupported) is the only other one. It is used by
 * reflection: naming it is a warning that no annotation suppresses, and warnings are errors.
 */
public final class StopSignals {
    private final CountDownLatch first = new CountDownLatch(1);
    private final AtomicBoolean stopping = new AtomicBoolean();

    private StopSignals() {}

    /** Takes over both signals for the rest of the process. */
    public static StopSignals install() {
        StopSignals signals = new StopSignals();
        try {
            signals.handle("TERM");
            signals.handle("INT");
        } catch (ReflectiveOperationException | IllegalArgumentException e) {
            // A runtime without the module, or -Xrs: signals end the process at once, as they do.
            return signals;
        }
        return signals;
    }

    /** Blocks until the first signal. */
    public void await() throws InterruptedException {
        first.await();
    }

    /** Blocks until the first signal, or for so long; tells whether there was one. */
    public boolean await(Duration most) throws InterruptedException {
        return first.await(most.toNanos(), TimeUnit.NANOSECONDS);
    }

    private void onSignal() {
        if (!stopping.compareAndSet(false, true)) {
            Runtime.getRuntime().halt(0);
        }
        first.countDown();
    }

    private void handle(String name) throws ReflectiveOperationException {
        Class<?> signal = Class.forName("sun.misc.Signal");
        Class<?> handler = Class.forName("sun.misc.SignalHandler");
        Object ours =
                Proxy.newProxyInstance(
                        handler.getClassLoader(),
                        new Class<?>[] {handler},
                        (proxy, method, args) -> {
                            if (method.getName().equals("handle")) {
                                onSignal();
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
