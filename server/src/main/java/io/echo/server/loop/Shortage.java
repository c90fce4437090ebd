package io.echo.server.loop;

import io.echo.cli.OneLine;
import java.io.IOException;
import java.util.Optional;

/** A resource that has run out, told in one line that says what to raise. */
public final class Shortage {
    private Shortage() {}

    /** Returns the line if a failure, or what caused it, is a lack of descriptors or memory. */
    public static Optional<String> of(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            String text = String.valueOf(cause.getMessage());
            if (cause instanceof OutOfMemoryError) {
                return Optional.of("out of memory (" + text + "): " + remedy(text));
            }
            // The process's limit (EMFILE), the machine's (ENFILE); the numbers are in any
            // language.
            if (text.contains("Too many open files")
                    || text.contains("(-24)")
                    || text.contains("(-23)")) {
                return Optional.of("no descriptors are left: raise the limit (ulimit -n)");
            }
        }
        return Optional.empty();
    }

    /** Returns a failure of the start as one that names its cause in one line. */
    public static IOException explained(Throwable failure) {
        Optional<String> shortage = of(failure);
        if (shortage.isPresent()) {
            return new IOException(shortage.get(), failure);
        }
        if (failure instanceof IOException known) {
            return known;
        }
        return new IOException("cannot start: " + OneLine.of(OneLine.root(failure)), failure);
    }

    /** Returns whether a failure, or what caused it, is an exhausted heap or class memory. */
    public static boolean isOfHeap(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof OutOfMemoryError && isHeap(String.valueOf(cause.getMessage()))) {
                return true;
            }
        }
        return false;
    }

    /** Direct memory is not among them: a lack of it is load. */
    private static boolean isHeap(String text) {
        return text.contains("heap space")
                || text.contains("GC overhead")
                || text.contains("Metaspace")
                || text.contains("class space");
    }

    /**
     * Hands an exhausted heap to this thread's handler of uncaught errors; does nothing for another
     * failure. For places that keep an error from getting there: a thread that went on would be
     * half of a server.
     */
    public static void tellIfOfHeap(Throwable failure) {
        if (isOfHeap(failure)) {
            Thread thread = Thread.currentThread();
            thread.getUncaughtExceptionHandler().uncaughtException(thread, failure);
        }
    }

    /** Returns a task that does the same where its executor would keep an error to itself. */
    public static Runnable telling(Runnable task) {
        return () -> {
            try {
                task.run();
            } catch (OutOfMemoryError e) {
                tellIfOfHeap(e);
                throw e;
            }
        };
    }

    private static String remedy(String text) {
        if (text.contains("native thread")) {
            return "set fewer --loops, or raise the limit of threads";
        }
        return isHeap(text)
                ? "set a larger heap (-Xmx)"
                : "set fewer --loops, or a larger -XX:MaxDirectMemorySize";
    }
}
