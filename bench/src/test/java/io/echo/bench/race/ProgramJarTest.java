package io.echo.bench.race;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.jar.Attributes.Name;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.zip.ZipException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProgramJarTest {
    @TempDir private Path folder;

    private Path jar(String mainClass) throws IOException {
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().put(Name.MAIN_CLASS, mainClass);
        Path file = folder.resolve("a b.jar");
        new JarOutputStream(Files.newOutputStream(file), manifest).close();
        return file;
    }

    @Test
    void runsAJarOfOneProgram() throws IOException {
        Path file = jar("io.echo.server.command.ServerMain");
        assertThat(ProgramJar.of(file, "server").words()).containsExactly("-jar", "" + file);
    }

    @Test
    void namesTheProgramToAJarOfAll() throws IOException {
        Path file = jar("Programs");
        assertThat(ProgramJar.of(file, "server").words())
                .containsExactly(
                        "-Djava.library.path=" + folder.resolve("native"),
                        "-jar",
                        "" + file,
                        "server");
    }

    @Test
    void takesNoOtherFileForAJar() throws IOException {
        Path file = Files.writeString(folder.resolve("text"), "no jar");
        assertThatThrownBy(() -> ProgramJar.of(file, "server")).isInstanceOf(ZipException.class);
        assertThat(ProgramJar.of(folder, "server").program()).isEmpty();
    }
}
