package io.echo.cli;

/** Error texts, cut to their first line: each error of a program is one line. */
public final class OneLine {
    private OneLine() {}

    /** Returns the first line of the message, or the type of a failure without a message. */
    public static String of(Throwable failure) {
        return of(failure.getMessage(), failure.toString());
    }

    /** Returns the first line of a text, or the other text if it is null or empty. */
    public static String of(String text, String otherwise) {
        return text == null ? otherwise : text.lines().findFirst().orElse(otherwise);
    }
}
