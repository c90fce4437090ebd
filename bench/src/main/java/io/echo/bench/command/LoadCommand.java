package io.echo.bench.command;

import com.google.gson.JsonObject;
import io.echo.bench.load.Endpoint;
import io.echo.bench.load.Interval;
import io.echo.bench.load.LoadConfig;
import io.echo.bench.load.LoadRun;
import io.echo.bench.load.Measurement;
import io.echo.bench.report.LoadPage;
import io.echo.bench.report.TextReport;
import io.echo.bench.result.HdrLog;
import io.echo.bench.result.Invocation;
import io.echo.bench.result.Result;
import io.echo.bench.result.ResultJson;
import io.echo.bench.verdict.PassCriteria;
import io.echo.bench.verdict.Verdict;
import io.echo.cli.FlagValues;
import io.echo.cli.ResultFiles;
import io.echo.cli.Terminal;
import io.echo.client.probe.ProbeStats;
import io.echo.net.Protocol;
import io.echo.net.Target;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * The {@code load} command: measures a target, prints a table, writes the result files.
 *
 * <p>Throws {@link IllegalArgumentException} for a wrong flag and {@link IOException} for a run
 * that cannot start, each with a message of one line.
 */
@Command(
        name = "load",
        description = "Measure an echo service under load.",
        customSynopsis = "echo-bench load [FLAGS] [TARGET]",
        sortOptions = false,
        footer = {"", FlagValues.TIME_HELP, FlagValues.RATE_HELP, FlagValues.SIZES_HELP},
        mixinStandardHelpOptions = true,
        addMethodSubcommands = false)
final class LoadCommand implements Callable<Integer> {
    private final PrintStream out;
    private final PrintStream err;
    private final Supplier<CompletableFuture<Integer>> interrupt;

    @Spec private CommandSpec spec;
    @Mixin private TargetParameter target;
    @Mixin private PaceFlags pace;
    @Mixin private LoadFlags flags;

    @ArgGroup(validate = false, heading = LimitFlags.HEADING)
    private LimitFlags limits = new LimitFlags();

    @Option(
            names = "--json",
            paramLabel = "FILE",
            description = "Write the result as one JSON object; - for stdout, the table to stderr.")
    private Optional<String> json = Optional.empty();

    @Option(
            names = "--json-stream",
            paramLabel = "FILE",
            description = "Write each second as a line of JSON, and the result as the last.")
    private Optional<String> jsonStream = Optional.empty();

    @Option(
            names = "--hdr",
            paramLabel = "FILE",
            description = "Write the interval log that HdrHistogram's tools read.")
    private Optional<String> hdr = Optional.empty();

    @Option(
            names = "--html",
            paramLabel = "FILE",
            description = "Write a report with charts that opens in any browser, offline.")
    private Optional<String> html = Optional.empty();

    @Option(names = "--force", description = "Replace result files that are there already.")
    private boolean force;

    /** Makes the command; a run ends early, with a full report, when the interrupt completes. */
    LoadCommand(PrintStream out, PrintStream err, Supplier<CompletableFuture<Integer>> interrupt) {
        this.out = out;
        this.err = err;
        this.interrupt = interrupt;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        LoadConfig config = flags.config(pace.load(), target.value().stream().toList(), err);
        PassCriteria asked = limits.limits();
        boolean onOut = ResultFiles.onStandardOutput(files());
        PrintStream table = onOut ? err : out;
        Terminal terminal = onOut ? Terminal.err() : Terminal.out();
        config.generator().transport().requireAvailable();
        CompletableFuture<Integer> stop = interrupt.get();
        try (Outputs outputs = new Outputs();
                Endpoint endpoint = endpoint(config, stop)) {
            flags.requireRateForPublicTarget(endpoint, config, err);
            Measurement measurement;
            try (Progress progress = Progress.on(err, config)) {
                outputs.listeners.add(progress);
                measurement = LoadRun.run(config, endpoint, outputs, stop);
            }
            Verdict verdict = Verdict.of(measurement, asked);
            outputs.write(measurement, verdict);
            TextReport.of(measurement, verdict, terminal).forEach(table::println);
            table.flush();
            int code = verdict.exitCode();
            return code == Verdict.OK && measurement.interrupted() ? stop.join() : code;
        }
    }

    static Endpoint endpoint(LoadConfig config, CompletableFuture<?> stop)
            throws IOException, InterruptedException {
        if (config.target().isPresent()) {
            return Endpoint.of(config.target().get(), config.lookupTimeout(Instant.now()), stop);
        }
        int cores = Runtime.getRuntime().availableProcessors();
        int loops = Math.max(1, cores - config.generator().loops());
        return Endpoint.embedded(config.generator().transport(), Protocol.UDP, loops);
    }

    private Map<String, Optional<String>> files() {
        return Map.of("--json", json, "--json-stream", jsonStream, "--hdr", hdr, "--html", html);
    }

    /** Result files of a run: opened before it, moved into place after it, removed on failure. */
    private final class Outputs implements LoadRun.Listener, AutoCloseable {
        private final List<LoadRun.Listener> listeners = new ArrayList<>();
        private final ResultFiles files = new ResultFiles(force, out);
        private final Optional<OutputStream> result;
        private final Optional<OutputStream> stream;
        private final Optional<OutputStream> page;

        Outputs() throws IOException {
            try {
                result = files.prepare("--json", json);
                stream = files.prepare("--json-stream", jsonStream);
                files.prepare("--hdr", hdr).ifPresent(file -> listeners.add(new HdrLog(file)));
                page = files.prepare("--html", html);
            } catch (IOException e) {
                close();
                throw e;
            }
        }

        @Override
        public void started(Target target, boolean embedded) {
            listeners.forEach(listener -> listener.started(target, embedded));
        }

        @Override
        public void measuring(Instant startedAt) {
            listeners.forEach(listener -> listener.measuring(startedAt));
        }

        @Override
        public void interval(Interval interval, ProbeStats stats, boolean draining) {
            listeners.forEach(listener -> listener.interval(interval, stats, draining));
            stream.ifPresent(file -> writeLine(file, ResultJson.of(interval)));
        }

        @Override
        public void rehearse(Interval interval) {
            listeners.forEach(listener -> listener.rehearse(interval));
            stream.ifPresent(file -> ResultJson.line(ResultJson.of(interval)));
        }

        @Override
        public void sent() {
            listeners.forEach(LoadRun.Listener::sent);
        }

        void write(Measurement measurement, Verdict verdict) throws IOException {
            Result run = Result.of(measurement, verdict).withCommand(Invocation.of(spec));
            JsonObject object = ResultJson.of(run);
            result.ifPresent(file -> writeLine(file, object));
            stream.ifPresent(file -> writeLine(file, object));
            if (page.isPresent()) {
                LoadPage.of("load", run).write(page.get());
            }
            files.commit();
        }

        /** Writes a line; a failure is thrown, so that no incomplete file is moved into place. */
        private void writeLine(OutputStream file, JsonObject object) {
            try {
                file.write((ResultJson.line(object) + "\n").getBytes(StandardCharsets.UTF_8));
                file.flush();
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e.getMessage(), e);
            }
        }

        @Override
        public void close() throws IOException {
            files.close();
        }
    }
}
