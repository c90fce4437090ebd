package io.echo.cli;

import java.io.Console;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;

/**
 * Abilities of a standard stream beyond plain lines. Each stream is judged on its own, since either
 * may go to a file.
 *
 * <p>Colour only marks what the words say already.
 *
 * @param present true on a screen, where a line can be written over
 * @param colours true if words may be coloured: not when NO_COLOR is set (no-color.org)
 */
public record Terminal(boolean present, boolean colours) {
    /** A file, a pipe, or a terminal that can do no more than those. */
    public static final Terminal NONE = new Terminal(false, false);

    private static final int IN = 0;
    private static final int OUT = 1;
    private static final int ERR = 2;

    /** Width that lines fit into, on every terminal. */
    private static final int COLUMNS = 80;

    private static final Set<String> INCAPABLE = Set.of("", "dumb");

    /** Standard output of this process. */
    public static Terminal out() {
        return of(isTerminal(OUT), System.getenv());
    }

    /** Standard error of this process. */
    public static Terminal err() {
        return of(isTerminal(ERR), System.getenv());
    }

    static Terminal of(boolean terminal, Map<String, String> environment) {
        boolean present = terminal && !INCAPABLE.contains(environment.getOrDefault("TERM", ""));
        return new Terminal(present, present && environment.getOrDefault("NO_COLOR", "").isEmpty());
    }

    /** Tells if standard input is a terminal, whatever standard output is. */
    public static boolean isInputTyped() {
        return isTerminal(IN);
    }

    /** Colours good news. */
    public String good(String text) {
        return coloured("32", text);
    }

    /** Colours a warning. */
    public String warning(String text) {
        return coloured("33", text);
    }

    /** Colours a failure. */
    public String bad(String text) {
        return coloured("1;31", text);
    }

    /** Colours the text of a count that should be zero, and is not. */
    public String alarm(long count, String text) {
        return count == 0 ? text : bad(text);
    }

    /**
     * Breaks a sentence between words where a terminal would break it within one; a file keeps it
     * on one line.
     *
     * @param text without colours
     * @param indent of the lines after the first
     */
    public String wrap(String text, int indent) {
        if (!present || text.length() <= COLUMNS) {
            return text;
        }
        StringBuilder lines = new StringBuilder();
        int start = 0;
        for (String word : text.split(" ")) {
            int column = lines.length() - start;
            if (column > indent && column + word.length() > COLUMNS) {
                lines.setLength(lines.length() - 1);
                lines.append(System.lineSeparator());
                start = lines.length();
                lines.append(" ".repeat(indent));
            }
            lines.append(word).append(' ');
        }
        return lines.substring(0, lines.length() - 1);
    }

    private String coloured(String code, String text) {
        return colours ? "\u001b[" + code + "m" + text + "\u001b[m" : text;
    }

    /**
     * Asks Linux which file a descriptor is. Elsewhere asks the JDK's console, which knows nothing
     * about standard error.
     */
    private static boolean isTerminal(int descriptor) {
        try {
            Path link = Path.of("/proc/self/fd", String.valueOf(descriptor));
            String device = Files.readSymbolicLink(link).toString();
            return device.startsWith("/dev/pts/")
                    || device.startsWith("/dev/tty")
                    || device.equals("/dev/console");
        } catch (IOException | UnsupportedOperationException e) {
            return descriptor != ERR && isTerminal(System.console());
        }
    }

    /** Asks the console itself, since from JDK 22 on there is one without a terminal too. */
    private static boolean isTerminal(Console console) {
        try {
            return console != null
                    && (boolean) Console.class.getMethod("isTerminal").invoke(console);
        } catch (NoSuchMethodException e) {
            return true;
        } catch (ReflectiveOperationException e) {
            return false;
        }
    }
}
