package io.echo.cli;

import java.util.Locale;

/** Error texts, cut to their first line: each error of a program is one line. */
public final class OneLine {
    private OneLine() {}

    /**
     * Returns the first line of the message. A failure without one is told by the words that make
     * up its type: {@code closed channel}.
     */
    public static String of(Throwable failure) {
        return of(failure.getMessage(), words(failure.getClass().getSimpleName()));
    }

    /** Returns what caused a failure in the end; the failure itself if nothing did. */
    public static Throwable root(Throwable failure) {
        Throwable root = failure;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return root;
    }

    /** Returns the first line of a text, or the other text if it is null or empty. */
    public static String of(String text, String otherwise) {
        return text == null ? otherwise : text.lines().findFirst().orElse(otherwise);
    }

    private static String words(String type) {
        return type.replaceFirst("(Exception|Error)$", "")
                .replaceAll("(?<=[a-z])(?=[A-Z])", " ")
                .toLowerCase(Locale.ROOT);
    }
}
