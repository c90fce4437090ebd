package io.echo.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Standard input, told from a file that the JVM opened in its place. */
class StandardInputTest {
    @TempDir private Path directory;

    private Path image;
    private Path descriptors;

    @BeforeEach
    void makeAJavaHomeAndAListOfDescriptors() throws IOException {
        image = Files.createDirectories(directory.resolve("lib")).resolve("modules");
        Files.writeString(image, "classes");
        descriptors = Files.createDirectory(directory.resolve("fd"));
    }

    private void descriptor(int number, Path target) throws IOException {
        Files.createSymbolicLink(descriptors.resolve(String.valueOf(number)), target);
    }

    private boolean isMissing() {
        return StandardInput.isMissing(descriptors, directory);
    }

    @Test
    void isMissingIfTheJvmHasItsImageThere() throws IOException {
        descriptor(0, image);
        descriptor(1, directory);
        descriptor(10, directory.resolve("closed"));
        descriptor(11, Path.of("pipe:[1]"));
        assertThat(isMissing()).isTrue();
    }

    @Test
    void isThereIfAUserRedirectsTheImage() throws IOException {
        descriptor(0, image);
        descriptor(3, image);
        assertThat(isMissing()).isFalse();
    }

    @Test
    void isThereIfItIsAnotherFileOrNone() throws IOException {
        descriptor(3, image);
        assertThat(isMissing()).isFalse();
        descriptor(0, Files.writeString(directory.resolve("input"), "hello"));
        assertThat(isMissing()).isFalse();
    }

    @Test
    void isThereWhereDescriptorsCannotBeListed() {
        assertThat(StandardInput.isMissing(directory.resolve("proc"), directory)).isFalse();
    }
}
