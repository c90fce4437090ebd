package io.echo.bench.result;

import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.Model.CommandSpec;

/** The line that a shell would start this program with again. */
public final class Invocation {
    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_@%+=:,./-]+");

    private Invocation() {}

    /** Reads it from what was parsed last. */
    public static String of(CommandSpec spec) {
        List<String> args = spec.root().commandLine().getParseResult().originalArgs();
        return Stream.concat(Stream.of("java", "-jar", "echo-bench.jar"), args.stream())
                .map(Invocation::quoted)
                .collect(Collectors.joining(" "));
    }

    /** As one word of a POSIX shell. */
    static String quoted(String word) {
        return PLAIN.matcher(word).matches() ? word : "'" + word.replace("'", "'\\''") + "'";
    }
}
