package io.echo.server.command;

import io.echo.cli.FlagValues;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** Flags in the order of the help. Their values stay text until they are read. */
final class FlagTexts {
    private final List<OptionSpec> all = new ArrayList<>();

    /** Adds the flags to a command, whose parser gives them their values. */
    CommandSpec addTo(CommandSpec command) {
        all.forEach(command::addOption);
        return command;
    }

    static OptionSpec.Builder value(String name, String label, String description) {
        return OptionSpec.builder(name)
                .type(String.class)
                .paramLabel(label)
                .description(description);
    }

    /**
     * Makes a list that {@link #texts(OptionSpec)} splits: picocli would drop empty items at the
     * end.
     */
    static OptionSpec.Builder list(String name, String item, String description) {
        return value(name, item + "[," + item + "...]", description)
                .type(List.class)
                .auxiliaryTypes(String.class);
    }

    /** Makes a flag without a value, whose environment variable is true or false. */
    static OptionSpec.Builder toggle(String name, String description) {
        return value(name, "true|false", description).arity("0..1").fallbackValue("true");
    }

    /** Reads a flag made by {@link #toggle}. */
    static boolean isOn(OptionSpec flag) {
        String given = text(flag);
        return switch (given == null ? "false" : given.strip()) {
            case "true" -> true;
            case "false" -> false;
            default -> throw FlagValues.mustBe(flag.longestName(), "true or false", given);
        };
    }

    OptionSpec add(OptionSpec.Builder flag) {
        if (flag.defaultValue() != null) {
            flag.description(flag.description()[0] + " Default: ${DEFAULT-VALUE}.");
        }
        OptionSpec spec = flag.build();
        all.add(spec);
        return spec;
    }

    /** Returns the given value or the default; null if there is neither. */
    static String text(OptionSpec flag) {
        return flag.getValue();
    }

    /** Returns the number that was given, if one was. */
    static OptionalInt number(OptionSpec flag) {
        String given = text(flag);
        return given == null
                ? OptionalInt.empty()
                : OptionalInt.of(FlagValues.number(flag.longestName(), given));
    }

    static Optional<String> given(OptionSpec flag) {
        return Optional.ofNullable(text(flag));
    }

    /**
     * Returns the items of a list, none if it was not given.
     *
     * @throws IllegalArgumentException for an empty item: {@code --allow "$OFFICE,$VPN"} with both
     *     variables unset must not let everybody in
     */
    static List<String> texts(OptionSpec flag) {
        List<String> given = flag.getValue();
        if (given == null) {
            return List.of();
        }
        List<String> texts = new ArrayList<>();
        for (String text : given) {
            for (String item : text.split(",", -1)) {
                if (item.isBlank()) {
                    throw FlagValues.mustBe(flag.longestName(), "a list without empty items", text);
                }
                texts.add(item);
            }
        }
        return texts;
    }
}
