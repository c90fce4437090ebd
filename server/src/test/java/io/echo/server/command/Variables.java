package io.echo.server.command;

import io.echo.server.config.ServerConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** The environment variables of the server: one for each flag. */
public final class Variables {
    public static final Set<String> NAMES =
            new ServerFlags()
                    .addTo(CommandSpec.create()).options().stream()
                            .map(OptionSpec::longestName)
                            .map(
                                    flag ->
                                            "ECHO_"
                                                    + flag.substring(2)
                                                            .replace('-', '_')
                                                            .toUpperCase(Locale.ROOT))
                            .collect(Collectors.toSet());

    private Variables() {}

    /** Returns the settings of a server with these variables; variables of others are ignored. */
    public static ServerConfig config(Map<String, String> variables) {
        List<String> arguments = new ArrayList<>();
        variables.forEach(
                (name, value) -> {
                    if (NAMES.contains(name)) {
                        String flag = name.substring(5).replace('_', '-').toLowerCase(Locale.ROOT);
                        arguments.add("--" + flag + "=" + value);
                    }
                });
        ServerFlags flags = new ServerFlags();
        new CommandLine(flags.addTo(CommandSpec.create()))
                .parseArgs(arguments.toArray(String[]::new));
        flags.jsonLog();
        return flags.config();
    }
}
