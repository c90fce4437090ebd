package io.echo.cli;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * Words an error of a command line as one line: what is wrong, and what was probably meant.
 *
 * <p>A command or flag that is not known is compared with those that are. A flag before its command
 * gets the command that it belongs to.
 */
public final class UsageMessage {
    private UsageMessage() {}

    /**
     * Returns the line, with a hint at the help of the command.
     *
     * @param words the whole command line; a first one that is nearly a command is asked about
     */
    public static String of(ParameterException e, String... words) {
        return problem(e, words) + hint(e.getCommandLine());
    }

    /** Returns the line without the hint. */
    public static String problem(ParameterException e, String... words) {
        CommandSpec command = e.getCommandLine().getCommandSpec();
        if (e instanceof UnmatchedArgumentException unmatched) {
            String word = unmatched.getUnmatched().get(0);
            return word.startsWith("@") && e.getCommandLine().isExpandAtFiles()
                    ? "cannot read the file of " + word
                    : unmatched(command, word, words);
        }
        if (e instanceof MissingParameterException missing) {
            ArgSpec first = missing.getMissing().get(0);
            return first instanceof OptionSpec option
                    ? option.longestName() + " needs a value: " + first.paramLabel()
                    : first.paramLabel() + " is missing";
        }
        // Around the words of a converter of ours, picocli puts its own.
        return OneLine.of(e.getCause() instanceof IllegalArgumentException rule ? rule : e);
    }

    /** Returns the end of each message about a command line: where its help is. */
    public static String hint(CommandLine command) {
        return " (see " + command.getCommandSpec().qualifiedName() + " --help)";
    }

    private static String unmatched(CommandSpec command, String word, String... words) {
        if (!word.startsWith("-")) {
            String meant =
                    words.length == 0 ? "" : didYouMean(words[0], command.subcommands().keySet());
            if (!meant.isEmpty()) {
                return "unknown command " + words[0] + meant;
            }
            return command.positionalParameters().isEmpty() && !command.subcommands().isEmpty()
                    ? "unknown command " + word + didYouMean(word, command.subcommands().keySet())
                    : "one argument too many: " + word;
        }
        // A short flag may be joined with its value: -c3.
        String flag = word.replaceFirst(word.startsWith("--") ? "=.*" : "(?<=^-.).+", "");
        List<String> owners = new ArrayList<>();
        for (Map.Entry<String, CommandLine> entry : command.subcommands().entrySet()) {
            if (entry.getValue().getCommandSpec().optionsMap().containsKey(flag)) {
                owners.add(entry.getKey());
            }
        }
        if (!owners.isEmpty()) {
            return String.format(
                    "%s is a flag of %s: the command comes first, as in %s %s %s",
                    flag,
                    String.join(", ", owners).replaceFirst(", (?=[^,]*$)", " and "),
                    command.qualifiedName(),
                    owners.get(0),
                    flag);
        }
        String meant = didYouMean(flag, command.optionsMap().keySet());
        return "unknown flag " + flag + (meant.isEmpty() ? byValue(command, flag) : meant);
    }

    /** Asks about the flag of a command whose value has this name: {@code --count} is -c COUNT. */
    private static String byValue(CommandSpec command, String flag) {
        for (Map.Entry<String, CommandLine> entry : command.subcommands().entrySet()) {
            for (OptionSpec option : entry.getValue().getCommandSpec().options()) {
                if (flag.equals("--" + option.paramLabel().toLowerCase(Locale.ROOT))) {
                    return "; did you mean " + entry.getKey() + " " + option.longestName() + "?";
                }
            }
        }
        return "";
    }

    /** Returns the question after the known word that is nearest, or nothing when none is near. */
    public static String didYouMean(String word, Collection<String> known) {
        return NearestWord.didYouMean(word, known);
    }
}
