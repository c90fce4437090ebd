package io.echo.server.loop;

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
            // Of the process (EMFILE), of the machine (ENFILE); the numbers are in any language.
            if (text.contains("Too many open files")
                    || text.contains("(-24)")
                    || text.contains("(-23)")) {
                return Optional.of("no descriptors are left: raise the limit (ulimit -n)");
            }
        }
        return Optional.empty();
    }

    private static String remedy(String text) {
        if (text.contains("native thread")) {
            return "set fewer --loops, or raise the limit of threads";
        }
        return text.contains("heap") || text.contains("GC overhead")
                ? "set a larger heap (-Xmx)"
                : "set fewer --loops, or a larger -XX:MaxDirectMemorySize";
    }
}
