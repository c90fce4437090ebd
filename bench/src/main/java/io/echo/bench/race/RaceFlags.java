package io.echo.bench.race;

import io.echo.cli.FileName;
import io.echo.cli.FlagValues;
import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.zip.ZipException;
import picocli.CommandLine.Option;

/** Flags of a race. */
final class RaceFlags {
    /** The values of {@code --cases}. */
    static final class Cases implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return Arrays.stream(RaceCase.values()).map(RaceCase::label).iterator();
        }
    }

    private static final String SERVER = "server";
    private static final int MOST = 1_000;
    private static final int MOST_CORES = 1_000_000;

    @Option(
            names = "--servers",
            split = ",",
            paramLabel = "NAME",
            description =
                    "c, mmsg, train, nio, epoll, io_uring, python, socat, ncat, xinetd, fortio,"
                            + " tokio; c always runs. Default: all that are found; all: fortio and"
                            + " tokio are built if they are not.")
    private List<String> servers = List.of();

    @Option(
            names = "--cases",
            split = ",",
            paramLabel = "NAME",
            completionCandidates = Cases.class,
            description = "${COMPLETION-CANDIDATES}. Default: all.")
    private List<String> cases = List.of();

    @Option(
            names = "--rounds",
            paramLabel = "N",
            defaultValue = "5",
            description =
                    "Rounds of each server, in turn, after each start."
                            + " Default: ${DEFAULT-VALUE}.")
    private String rounds;

    @Option(
            names = "--restarts",
            paramLabel = "N",
            defaultValue = "3",
            description = "Starts of all servers. Default: ${DEFAULT-VALUE}.")
    private String restarts;

    @Option(
            names = "--warmup",
            paramLabel = "TIME",
            defaultValue = "10s",
            description =
                    "Load before the first round, for our server, which compiles while it runs;"
                            + " before each round for our generator. Default: ${DEFAULT-VALUE}.")
    private String warmup;

    @Option(
            names = "--seconds",
            paramLabel = "TIME",
            defaultValue = "1s",
            description = "Length of a round. Default: ${DEFAULT-VALUE}.")
    private String seconds;

    @Option(
            names = "--server-jar",
            paramLabel = "FILE",
            description = "Our server. Default: the one beside this jar.")
    private Optional<String> serverJar = Optional.empty();

    @Option(
            names = "--before",
            paramLabel = "FILE",
            description = "Another build of our server, to race beside it as nio-before and so on.")
    private Optional<String> before = Optional.empty();

    @Option(
            names = "--jvm-options",
            split = " ",
            paramLabel = "OPTIONS",
            description = "Of our server's JVM. Default: none.")
    private List<String> jvmOptions = List.of();

    @Option(
            names = "--server-core",
            paramLabel = "N",
            description = "The core of the servers. Default: the first.")
    private Optional<String> serverCore = Optional.empty();

    @Option(
            names = "--load-core",
            paramLabel = "N",
            description =
                    "The core of the loader. Default: the next that is no thread of the"
                            + " servers' core.")
    private Optional<String> loadCore = Optional.empty();

    /**
     * Returns the flags as a value.
     *
     * @throws IOException when this machine has not two cores, or our server is not found
     */
    RacePlan plan() throws IOException {
        return new RacePlan(
                servers,
                chosen(),
                (int) FlagValues.count("--rounds", rounds, 1, MOST),
                FlagValues.positiveDuration("--warmup", warmup),
                FlagValues.positiveDuration("--seconds", seconds),
                (int) FlagValues.count("--restarts", restarts, 1, MOST),
                CoreChoice.choose(core("--server-core", serverCore), core("--load-core", loadCore)),
                Path.of(System.getProperty("java.home"), "bin", "java"),
                jvmOptions,
                jar(),
                before.isPresent()
                        ? Optional.of(server("--before", before.get()))
                        : Optional.empty(),
                ProgramJar.of(here(), "bench"));
    }

    private List<RaceCase> chosen() {
        List<String> known = Arrays.stream(RaceCase.values()).map(RaceCase::label).toList();
        for (String name : cases) {
            if (!known.contains(name)) {
                throw FlagValues.mustBe("--cases", "among " + String.join(",", known), name);
            }
        }
        return Arrays.stream(RaceCase.values())
                .filter(race -> cases.isEmpty() || cases.contains(race.label()))
                .toList();
    }

    private static OptionalInt core(String flag, Optional<String> text) {
        return text.map(t -> OptionalInt.of((int) FlagValues.count(flag, t, 0, MOST_CORES)))
                .orElse(OptionalInt.empty());
    }

    private ProgramJar jar() throws IOException {
        if (serverJar.isPresent()) {
            return server("--server-jar", serverJar.get());
        }
        Path here = here();
        ProgramJar own = ProgramJar.of(here, SERVER);
        if (own.program().isPresent()) {
            return own;
        }
        for (String place : List.of("echo-server.jar", "../../server/target/echo-server.jar")) {
            Path jar = here.resolveSibling(place).normalize();
            if (Files.isRegularFile(jar)) {
                return ProgramJar.of(jar, SERVER);
            }
        }
        throw new IOException("no echo-server.jar beside " + here + "; name one with --server-jar");
    }

    private static ProgramJar server(String flag, String name) throws IOException {
        Path file = FileName.path(name);
        if (!Files.isReadable(file) || Files.isDirectory(file)) {
            throw FlagValues.mustBe(flag, "a readable file", file);
        }
        try {
            return ProgramJar.of(file.toAbsolutePath(), SERVER);
        } catch (ZipException e) {
            throw FlagValues.mustBe(flag, "a jar", file);
        }
    }

    /** Returns the jar of this program; an AOT cache does not tell, and holds for a jar alone. */
    private static Path here() throws IOException {
        CodeSource source = RaceFlags.class.getProtectionDomain().getCodeSource();
        if (source == null || source.getLocation() == null) {
            String jar = System.getProperty("java.class.path").split(File.pathSeparator)[0];
            return Path.of(jar).toAbsolutePath();
        }
        try {
            return Path.of(source.getLocation().toURI());
        } catch (URISyntaxException e) {
            throw new IOException("this program is not in a file: " + e.getInput(), e);
        }
    }
}
