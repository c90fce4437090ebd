package io.echo.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

class UsageMessageTest {
    @Command(name = "prog")
    private static final class Program {}

    @Command(name = "load")
    private static final class Load {
        @Option(names = {"-c", "--count"})
        private Optional<String> count = Optional.empty();

        @Option(names = "--duration")
        private Optional<String> duration = Optional.empty();

        @Parameters(arity = "0..1", paramLabel = "TARGET")
        private Optional<String> target = Optional.empty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "laod --count 1|unknown command laod; did you mean load? (see prog --help)",
                "fly|unknown command fly (see prog --help)",
                "x|unknown command x (see prog --help)",
                "load --dration=1s|unknown flag --dration; did you mean --duration?"
                        + " (see prog load --help)",
                "load --fast|unknown flag --fast (see prog load --help)",
                "load a b|one argument too many: b (see prog load --help)",
                "--count 1 a|--count is a flag of load: the command comes first,"
                        + " as in prog load --count (see prog --help)",
                "load --count|--count needs a value: <count> (see prog load --help)"
            })
    void saysWhatWasProbablyMeant(String words, String message) {
        CommandLine line = new CommandLine(new Program()).addSubcommand(new Load());
        ParameterException e =
                catchThrowableOfType(
                        ParameterException.class, () -> line.parseArgs(words.split(" ")));
        assertThat(UsageMessage.of(e)).isEqualTo(message);
    }
}
