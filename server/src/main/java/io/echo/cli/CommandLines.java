package io.echo.cli;

import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Help.Ansi.Style;
import picocli.CommandLine.Help.ColorScheme;

/** Gives the command lines of all three programs the same help and version. */
public final class CommandLines {
    private CommandLines() {}

    /** Sets the version and the colours of the help of a program and its commands. */
    public static void complete(CommandLine program) {
        program.setColorScheme(
                new ColorScheme.Builder(Terminal.out().colours() ? Ansi.ON : Ansi.OFF)
                        .commands(Style.bold)
                        .options(Style.bold)
                        .parameters(Style.bold)
                        .build());
        Version version = new Version(program.getCommandName());
        program.getCommandSpec().versionProvider(version);
        program.getSubcommands()
                .values()
                .forEach(command -> command.getCommandSpec().versionProvider(version));
    }
}
