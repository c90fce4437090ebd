package io.echo.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The jars that the build has made, opened: each has the licence of everything in it. */
@Timeout(60)
class LicencesIT {
    private static final Path TOP = Path.of("..");
    private static final Path NOTICE = TOP.resolve("server/src/main/licenses/NOTICE");

    /** Words by which a text is known, by the SPDX name of the licence. */
    private static final Map<String, String> WORDS =
            Map.of(
                    "Apache-2.0", "Apache License, Version 2.0",
                    "BSD-2-Clause", "Redistributions in binary form must reproduce",
                    "BSD-3-Clause", "be used to endorse or promote products",
                    "CC0-1.0", "released to the public domain",
                    "Classpath-exception-2.0", "As a special exception, the copyright holders",
                    "EPL-2.0", "Eclipse Public License - v 2.0",
                    "GPL-2.0-only", "The GNU General Public License (GPL) Version 2, June 1991",
                    "LGPL-2.1-only", "GNU Lesser General Public License version 2.1",
                    "MIT", "Permission is hereby granted, free of charge");

    /** A text of META-INF/licenses: lines of a head, an empty line, and the licence. */
    private record Licence(String file, String text) {
        String head(String name) {
            return text.lines()
                    .takeWhile(line -> !line.isEmpty())
                    .filter(line -> line.startsWith(name + ": "))
                    .map(line -> line.substring(name.length() + 2))
                    .collect(Collectors.joining("\n"));
        }

        Set<String> names() {
            return new TreeSet<>(List.of(head("Licence").split(" OR | WITH ")));
        }

        boolean covers(String packageName) {
            return (packageName + ".").startsWith(head("Packages") + ".");
        }

        @Override
        public String toString() {
            return file;
        }
    }

    private record Jar(Set<String> packages, List<Licence> licences) {
        static Jar of(String module) throws IOException {
            try (FileSystem jar = open(runnable(module))) {
                return new Jar(packages(jar), licences(jar));
            }
        }

        private static Set<String> packages(FileSystem jar) throws IOException {
            try (Stream<Path> files = Files.walk(jar.getPath("/"))) {
                return files.map(Path::toString)
                        .filter(name -> name.endsWith(".class"))
                        .map(name -> name.replaceFirst("^/META-INF/versions/\\d+", ""))
                        .map(name -> name.substring(1, name.lastIndexOf('/')).replace('/', '.'))
                        .filter(name -> !(name + ".").startsWith("io.echo."))
                        .collect(Collectors.toCollection(TreeSet::new));
            }
        }

        private static List<Licence> licences(FileSystem jar) throws IOException {
            try (Stream<Path> files = Files.list(jar.getPath("META-INF", "licenses"))) {
                return files.map(file -> new Licence(file.getFileName().toString(), read(file)))
                        .toList();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"server", "client", "bench"})
    void hasOneLicenceForEveryPackageOfOthers(String module) throws IOException {
        Jar jar = Jar.of(module);
        assertThat(jar.packages()).contains("io.netty.channel", "org.slf4j");
        assertThat(jar.packages())
                .allSatisfy(
                        name ->
                                assertThat(jar.licences())
                                        .filteredOn(licence -> licence.covers(name))
                                        .hasSize(1));
    }

    @ParameterizedTest
    @ValueSource(strings = {"server", "client", "bench"})
    void hasNoLicenceOfWhatIsElsewhere(String module) throws IOException {
        Jar jar = Jar.of(module);
        assertThat(jar.licences())
                .allSatisfy(licence -> assertThat(jar.packages()).anyMatch(licence::covers));
    }

    @ParameterizedTest
    @ValueSource(strings = {"server", "client", "bench"})
    void namesEachLicenceAsItsTextDoes(String module) throws IOException {
        for (Licence licence : Jar.of(module).licences()) {
            assertThat(WORDS.keySet()).as(licence.file()).containsAll(licence.names());
            assertThat(licence.text().replaceAll("\\s+", " "))
                    .as(licence.file())
                    .contains(licence.names().stream().map(WORDS::get).toList());
        }
    }

    /**
     * A library that changes its licence says so in its pom, and the bill of materials after it.
     */
    @ParameterizedTest
    @ValueSource(strings = {"server", "bench"})
    void namesEachLicenceAsTheLibraryDoes(String module) throws IOException {
        Path bom = TOP.resolve(module).resolve("target").resolve("bom.json");
        assumeTrue(Files.exists(bom), "a build without -o writes " + bom);
        List<Licence> licences = Jar.of(module).licences();
        int compared = 0;
        JsonObject json = JsonParser.parseString(Files.readString(bom)).getAsJsonObject();
        for (JsonElement component : json.getAsJsonArray("components")) {
            Set<String> names = names(component.getAsJsonObject());
            String group = component.getAsJsonObject().get("group").getAsString();
            for (Licence licence : licences) {
                if (licence.head("Group").equals(group) && !names.isEmpty()) {
                    assertThat(licence.names()).as(group).isEqualTo(names);
                    compared++;
                }
            }
        }
        assertThat(compared).isPositive();
    }

    /** SPDX names alone: a pom may name its licence in words of its own, too. */
    private static Set<String> names(JsonObject component) {
        Set<String> names = new TreeSet<>();
        if (!component.has("licenses")) { // An offline build cannot look up every POM.
            return names;
        }
        for (JsonElement choice : component.getAsJsonArray("licenses")) {
            JsonElement id = choice.getAsJsonObject().getAsJsonObject("license").get("id");
            if (id != null) {
                names.add(id.getAsString());
            }
        }
        return names;
    }

    @ParameterizedTest
    @ValueSource(strings = {"server", "client", "bench"})
    void hasOurLicenceAndNotice(String module) throws IOException {
        assertThat(Files.readString(TOP.resolve("LICENSE")).replaceAll("\\s+", " "))
                .contains("Apache License Version 2.0, January 2004");
        for (Path file : List.of(runnable(module), thin(module))) {
            try (FileSystem jar = open(file)) {
                for (Path source : List.of(TOP.resolve("LICENSE"), NOTICE)) {
                    assertThat(jar.getPath("META-INF", source.getFileName().toString()))
                            .as("%s of %s", source, file)
                            .content(StandardCharsets.UTF_8)
                            .isEqualTo(Files.readString(source));
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"server", "client", "bench"})
    void hasTheLicenceOfUPlotBesideIt(String module) throws IOException {
        try (FileSystem jar = open(runnable(module));
                Stream<Path> files = Files.walk(jar.getPath("/"))) {
            List<Path> scripts =
                    files.filter(file -> file.toString().endsWith("/uPlot.iife.min.js")).toList();
            assertThat(scripts)
                    .isNotEmpty()
                    .allSatisfy(
                            script ->
                                    assertThat(read(script.resolveSibling("uPlot.LICENSE")))
                                            .contains(WORDS.get("MIT")));
        }
    }

    private static Path runnable(String module) {
        return TOP.resolve(module).resolve("target").resolve("echo-" + module + ".jar");
    }

    private static Path thin(String module) throws IOException {
        Path target = TOP.resolve(module).resolve("target");
        try (Stream<Path> files = Files.list(target)) {
            List<Path> jars =
                    files.filter(
                                    file ->
                                            file.getFileName()
                                                    .toString()
                                                    .matches("echo-" + module + "-\\d.*\\.jar"))
                            .toList();
            assertThat(jars).hasSize(1);
            return jars.get(0);
        }
    }

    private static FileSystem open(Path jar) throws IOException {
        return FileSystems.newFileSystem(jar);
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
