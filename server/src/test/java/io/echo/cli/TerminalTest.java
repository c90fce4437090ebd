package io.echo.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TerminalTest {
    @ParameterizedTest
    @CsvSource({
        "true,  xterm, '',  true,  true",
        "true,  xterm, 1,   true,  false",
        "true,  dumb,  '',  false, false",
        "true,  '',    '',  false, false",
        "false, xterm, '',  false, false",
    })
    void coloursOnlyWhatSomebodyLooksAtAndWants(
            boolean terminal, String term, String noColor, boolean present, boolean colours) {
        assertThat(Terminal.of(terminal, Map.of("TERM", term, "NO_COLOR", noColor)))
                .isEqualTo(new Terminal(present, colours));
    }

    @Test
    void isNoTerminalWithoutAnEnvironment() {
        assertThat(Terminal.of(true, Map.of())).isEqualTo(Terminal.NONE);
    }

    @Test
    void coloursACountThatIsNotZero() {
        Terminal coloured = new Terminal(true, true);
        assertThat(coloured.alarm(0, "0 lost")).isEqualTo("0 lost");
        assertThat(coloured.alarm(3, "3 lost")).isEqualTo("\u001b[1;31m3 lost\u001b[m");
        assertThat(new Terminal(true, false).alarm(3, "3 lost")).isEqualTo("3 lost");
    }

    @Test
    void breaksLinesBetweenWordsWhereATerminalWouldBreakThemWithin() {
        String sentence = "  " + "twelve chars ".repeat(10).strip();
        String wrapped = new Terminal(true, false).wrap(sentence, 6);

        assertThat(wrapped.lines()).hasSize(2).allMatch(line -> line.length() <= 80);
        assertThat(wrapped.lines().toList().get(0)).startsWith("  twelve").hasSizeGreaterThan(72);
        assertThat(wrapped.lines().toList().get(1)).startsWith("      ").doesNotEndWith(" ");
        assertThat(wrapped.replaceAll("\\R {6}", " ")).isEqualTo(sentence);
        assertThat(Terminal.NONE.wrap(sentence, 6)).isEqualTo(sentence);
    }

    @Test
    void keepsAWordThatFitsNowhereWhole() {
        String word = "x".repeat(100);
        assertThat(new Terminal(true, false).wrap("one " + word + " two", 2))
                .isEqualToNormalizingNewlines("one\n  " + word + "\n  two");
    }
}
