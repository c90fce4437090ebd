package io.echo.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.echo.client.command.ClientMain;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class OneArrowTest {
    /** A class of the server or the bench, as the constant pool of a class file writes it. */
    private static final Pattern NEIGHBOUR = Pattern.compile("io/echo/(?:server|bench)/\\w+");

    @Test
    void transportIsAllThatTheClientUsesOfItsNeighbours() throws Exception {
        Path classes =
                Path.of(
                        ClientMain.class
                                .getProtectionDomain()
                                .getCodeSource()
                                .getLocation()
                                .toURI());
        Set<String> used = new TreeSet<>();
        try (Stream<Path> files = Files.walk(classes)) {
            for (Path file : files.filter(path -> path.toString().endsWith(".class")).toList()) {
                used.addAll(neighbours(file));
            }
        }

        assertThat(used).containsExactly("io/echo/server/Transport");
    }

    private static Set<String> neighbours(Path file) throws IOException {
        // Latin-1 keeps every byte, and names are ASCII.
        Matcher names = NEIGHBOUR.matcher(Files.readString(file, StandardCharsets.ISO_8859_1));
        Set<String> found = new TreeSet<>();
        while (names.find()) {
            found.add(names.group());
        }
        return found;
    }
}
