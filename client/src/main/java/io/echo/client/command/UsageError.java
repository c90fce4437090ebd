package io.echo.client.command;

import io.echo.cli.NearestName;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** Describes a wrong command line in one line, with what was probably meant. */
final class UsageError {
    private UsageError() {}

    /**
     * Returns the line to print.
     *
     * @param args the whole command line
     */
    static String describe(ParameterException e, String[] args) {
        if (e.getCause() instanceof IllegalArgumentException rule) {
            return rule.getMessage();
        }
        if (e instanceof UnmatchedArgumentException unmatched) {
            String word = unmatched.getUnmatched().get(0);
            return word.startsWith("-")
                    ? unknownFlag(e.getCommandLine(), word)
                    : unexpectedWord(e.getCommandLine(), word, args[0]);
        }
        if (e instanceof MissingParameterException missing) {
            return missing(missing);
        }
        return e.getMessage();
    }

    /** Returns the hint for a host that is unknown because a command was mistyped. */
    static String didYouMean(CommandLine program, String word) {
        return NearestName.of(word, program.getSubcommands().keySet())
                .map(name -> "; did you mean the command " + name + "?")
                .orElse("");
    }

    /** Returns the command line that a command takes. */
    static String synopsis(CommandLine command) {
        return command.getCommandSpec().usageMessage().customSynopsis()[0];
    }

    private static String unknownFlag(CommandLine command, String word) {
        String flag = word.split("=", 2)[0];
        for (Map.Entry<String, CommandLine> other : command.getSubcommands().entrySet()) {
            Optional<OptionSpec> known =
                    other.getValue().getCommandSpec().options().stream()
                            .filter(option -> means(option, flag))
                            .findFirst();
            if (known.isPresent()) {
                OptionSpec option = known.get();
                String name = option.longestName();
                boolean own = name.equals(flag) || !flag.startsWith("--");
                return (own ? name + " is a flag of " : "unknown flag: " + flag + "; see ")
                        + other.getKey()
                        + (own ? ": " : " " + name + ": ")
                        + synopsis(other.getValue());
            }
        }
        return "unknown flag: " + flag + "; --help lists the flags";
    }

    /** Tells whether a flag is this option, joined with its value or by the name of its value. */
    private static boolean means(OptionSpec option, String flag) {
        String name = option.longestName();
        return name.equals(flag)
                || name.length() == 2 && !flag.startsWith("--") && flag.startsWith(name)
                || flag.equals("--" + option.paramLabel().toLowerCase(Locale.ROOT));
    }

    private static String unexpectedWord(CommandLine command, String word, String first) {
        String hint = didYouMean(command, first);
        return hint.isEmpty()
                ? "unexpected argument: " + word + "; usage: " + synopsis(command)
                : "unknown command: " + first + hint;
    }

    private static String missing(MissingParameterException e) {
        ArgSpec first = e.getMissing().get(0);
        if (first instanceof OptionSpec option) {
            return option.longestName() + " needs a value: " + option.paramLabel();
        }
        return first.paramLabel() + " is missing; usage: " + synopsis(e.getCommandLine());
    }
}
