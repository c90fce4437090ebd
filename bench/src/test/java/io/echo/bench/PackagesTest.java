package io.echo.bench;

import static com.tngtech.archunit.core.domain.JavaModifier.PROTECTED;
import static com.tngtech.archunit.core.domain.JavaModifier.PUBLIC;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaType;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.io.InputStream;
import java.lang.module.ModuleDescriptor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The arrows between the packages of all three modules, and what their public API names. */
class PackagesTest {
    private static final String ROOT = "io.echo.";

    /** Packages that users may name who embed the server or use the client as a library. */
    private static final Set<String> EXPORTED =
            Set.of("io.echo.server", "io.echo.server.config", "io.echo.net", "io.echo.client");

    /** Each package and those that it may name; each stands below its own. */
    private static final String ARROWS =
            """
            bench
            bench.command -> bench.comparison bench.load bench.pacing bench.race bench.report \
              bench.result bench.statistics bench.verdict cli client.figures client.findings \
              client.probe client.socket net
            bench.comparison -> bench.result bench.statistics client.chance client.figures
            bench.connection -> client.flow client.probe client.socket client.tls net
            bench.jmh -> client.probe net server server.admission server.config server.metrics \
              server.tcp server.udp
            bench.load -> bench.connection bench.pacing cli client.flow client.probe \
              client.socket net server server.config
            bench.pacing -> cli
            bench.race -> bench.result cli net
            bench.report -> bench.comparison bench.connection bench.load bench.pacing \
              bench.result bench.statistics bench.verdict cli client.figures client.findings \
              client.flow client.outage client.probe net web
            bench.result -> bench.connection bench.load bench.verdict cli client.figures \
              client.flow client.outage client.probe net
            bench.statistics
            bench.verdict -> bench.load bench.pacing cli client.figures client.findings \
              client.flow client.mtu client.outage client.probe net
            cli
            client -> cli client.socket net
            client.chance
            client.check -> cli client.probe client.socket net
            client.command -> cli client client.check client.mtu client.ping client.probe \
              client.socket client.tls net
            client.figures -> client.probe
            client.findings -> client.figures client.flow client.mtu client.outage net
            client.flow -> client.chance client.figures client.outage client.probe
            client.mtu -> client.socket net
            client.outage
            client.ping -> cli client.findings client.flow client.mtu client.outage \
              client.probe client.socket net
            client.probe -> cli client.socket client.tls net
            client.proxy -> cli net
            client.socket -> cli client.proxy client.tls net
            client.tls -> cli pem
            net -> net.workarounds
            net.workarounds
            pem
            server -> net server.admin server.admission server.config server.fault server.loop \
              server.metrics server.proxy server.tcp server.tls server.udp
            server.admin -> cli net server.admission server.config server.loop server.metrics \
              web
            server.admission -> server.config
            server.command -> cli net server server.config server.loop
            server.config -> cli net
            server.fault -> net net.workarounds server.admission server.config \
              server.fault.fate server.loop server.metrics server.tcp server.udp
            server.fault.fate -> server.config
            server.loop -> cli net server.config server.metrics
            server.metrics
            server.proxy -> net.workarounds server.config server.loop server.metrics server.tcp
            server.tcp -> net net.workarounds server.admission server.config server.loop \
              server.metrics
            server.tls -> net net.workarounds pem server.config server.loop server.metrics \
              server.tcp
            server.udp -> net net.workarounds server.admission server.config server.loop \
              server.metrics server.proxy
            web
            """;

    private static final JavaClasses CLASSES =
            new ClassFileImporter()
                    .withImportOption(new ImportOption.DoNotIncludeTests())
                    .withImportOption(location -> !location.contains("jmh_generated"))
                    .importPackages("io.echo");

    @Test
    void modulesExportWhatEmbeddersName() throws IOException {
        Set<String> exported = new TreeSet<>();
        for (String module : List.of("server", "client")) {
            Path descriptor = Path.of("..", module, "target", "classes", "module-info.class");
            try (InputStream in = Files.newInputStream(descriptor)) {
                ModuleDescriptor.read(in).exports().stream()
                        .filter(exports -> !exports.isQualified())
                        .forEach(exports -> exported.add(exports.source()));
            }
        }
        assertThat(exported).isEqualTo(EXPORTED);
    }

    @Test
    void importsRunOneWay() {
        slices().matching("io.echo.(**)").should().beFreeOfCycles().check(CLASSES);
    }

    @Test
    void everyArrowBetweenPackagesIsDrawnAndNoOtherIs() {
        Map<String, Set<String>> arrows = new TreeMap<>();
        for (JavaClass from : CLASSES) {
            Set<String> to =
                    arrows.computeIfAbsent(shortName(from.getPackageName()), p -> new TreeSet<>());
            from.getDirectDependenciesFromSelf().stream()
                    .map(dependency -> dependency.getTargetClass().getBaseComponentType())
                    .map(JavaClass::getPackageName)
                    .filter(name -> name.startsWith(ROOT) && !name.equals(from.getPackageName()))
                    .forEach(name -> to.add(shortName(name)));
        }
        StringBuilder drawn = new StringBuilder();
        arrows.forEach(
                (from, to) ->
                        drawn.append(from)
                                .append(to.isEmpty() ? "" : " -> ")
                                .append(String.join(" ", to))
                                .append('\n'));
        assertThat(drawn).hasToString(ARROWS.replaceAll(" +", " "));
    }

    @Test
    void noSignatureOfThePublicApiNamesAnotherPackageOfOurs() {
        Set<String> strangers = new TreeSet<>();
        for (JavaClass type : CLASSES) {
            if (EXPORTED.contains(type.getPackageName()) && isVisible(type)) {
                named(type)
                        .flatMap(named -> named.getAllInvolvedRawTypes().stream())
                        .map(JavaClass::getBaseComponentType)
                        .filter(named -> named.getPackageName().startsWith(ROOT))
                        .filter(named -> !EXPORTED.contains(named.getPackageName()))
                        .forEach(named -> strangers.add(type.getName() + ": " + named.getName()));
            }
        }
        assertThat(strangers).isEmpty();
    }

    /** The types in the signatures of a class and of its public members. */
    private static Stream<JavaType> named(JavaClass type) {
        Stream<JavaType> parents =
                Stream.concat(type.getSuperclass().stream(), type.getInterfaces().stream());
        Stream<JavaType> units =
                type.getCodeUnits().stream()
                        .filter(PackagesTest::isApi)
                        .flatMap(
                                unit ->
                                        Stream.concat(
                                                Stream.of(unit.getReturnType()),
                                                Stream.concat(
                                                        unit.getParameterTypes().stream(),
                                                        unit.getExceptionTypes().stream())));
        Stream<JavaType> fields =
                type.getFields().stream().filter(PackagesTest::isApi).map(JavaField::getType);
        return Stream.concat(parents, Stream.concat(units, fields));
    }

    private static boolean isApi(JavaCodeUnit unit) {
        return unit.getModifiers().contains(PUBLIC) || unit.getModifiers().contains(PROTECTED);
    }

    private static boolean isApi(JavaField field) {
        return field.getModifiers().contains(PUBLIC) || field.getModifiers().contains(PROTECTED);
    }

    private static boolean isVisible(JavaClass type) {
        return type.getModifiers().contains(PUBLIC)
                && type.getEnclosingClass().map(PackagesTest::isVisible).orElse(true);
    }

    private static String shortName(String packageName) {
        return packageName.substring(ROOT.length());
    }
}
