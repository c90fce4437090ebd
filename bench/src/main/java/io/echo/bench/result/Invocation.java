package io.echo.bench.result;

import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.Model.CommandSpec;

/** The command line that starts this program again with the same arguments. */
public final class Invocation {
    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_@%+=:,./-]+");

    private Invocation() {}

    /** Returns the line of the arguments that were parsed last. */
    public static String of(CommandSpec spec) {
        List<String> args = spec.root().commandLine().getParseResult().originalArgs();
        return Stream.concat(Stream.of("java", "-jar", "echo-bench.jar"), args.stream())
                .map(Invocation::quoted)
                .collect(Collectors.joining(" "));
    }

    /** Quotes a word for a POSIX shell where it needs it. */
    static String quoted(String word) {
        return PLAIN.matcher(word).matches() ? word : "'" + word.replace("'", "'\\''") + "'";
    }
}
