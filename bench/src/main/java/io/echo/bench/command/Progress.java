package io.echo.bench.command;

import io.echo.bench.load.Interval;
import io.echo.bench.load.LoadConfig;
import io.echo.bench.load.LoadRun;
import io.echo.bench.result.Figures;
import io.echo.cli.FlagValues;
import io.echo.cli.Terminal;
import io.echo.client.probe.ProbeStats;
import io.echo.net.Target;
import java.io.PrintStream;
import java.util.Locale;

/** Progress on standard error, a line each second: rewritten on a terminal, appended elsewhere. */
final class Progress implements LoadRun.Listener, AutoCloseable {
    private static final String ERASE_LINE = "\r\u001b[K";

    /** Turns wrapping off: a line that wraps could not be erased. */
    private static final String CUT = "\u001b[?7l";

    /** Turns wrapping on, after a blank: the last character of a cut line stands at the edge. */
    private static final String WRAP_AGAIN = " \u001b[?7h";

    private final PrintStream err;
    private final Terminal terminal;
    private final LoadConfig config;
    private final boolean lasting;

    /** Erases the line when the process ends without {@link #close}, at a second Ctrl-C. */
    private final Thread atExit = new Thread(this::erase);

    private long lost;

    private Progress(PrintStream err, LoadConfig config, boolean lasting) {
        this.err = err;
        this.terminal = Terminal.err();
        this.config = config;
        this.lasting = lasting;
    }

    /** Starts the progress of one run; the stream is standard error of the process. */
    static Progress on(PrintStream err, LoadConfig config) {
        return start(new Progress(err, config, true));
    }

    /** Starts the progress of one run among many, which only a terminal shows. */
    static Progress passing(PrintStream err, LoadConfig config) {
        return start(new Progress(err, config, false));
    }

    private static Progress start(Progress progress) {
        Runtime.getRuntime().addShutdownHook(progress.atExit);
        return progress;
    }

    @Override
    public void started(Target target, boolean embedded) {
        if (terminal.present()) {
            rewrite(
                    config.startAt().map(time -> "starts at " + time + ", ").orElse("")
                            + "warms up for "
                            + FlagValues.show(config.warmup()));
        }
    }

    @Override
    public void interval(Interval interval, ProbeStats stats, boolean draining) {
        if (draining) {
            return;
        }
        lost += interval.lost();
        String line = line(interval);
        if (terminal.present()) {
            rewrite(line);
        } else if (lasting) {
            err.println(line);
        }
    }

    @Override
    public void rehearse(Interval interval) {
        line(interval);
    }

    private String line(Interval interval) {
        return String.format(
                Locale.ROOT,
                "%6.1f s  %,10.0f/s  p50 %8s  p99 %8s  %s  in flight %,d",
                interval.toS(),
                interval.receivedPerSecond(),
                interval.latency().map(us -> Figures.shortTime(us.p50())).orElse("-"),
                interval.latency().map(us -> Figures.shortTime(us.p99())).orElse("-"),
                terminal.alarm(lost, String.format(Locale.ROOT, "lost %,d", lost)),
                interval.inFlight());
    }

    @Override
    public void sent() {
        if (terminal.present()) {
            rewrite("waits for late replies, " + FlagValues.show(config.timeout()));
        }
    }

    private void rewrite(String line) {
        err.print(ERASE_LINE + CUT + line + WRAP_AGAIN);
        err.flush();
    }

    private void erase() {
        if (terminal.present()) {
            err.print(ERASE_LINE);
            err.flush();
        }
    }

    /** Erases the line. */
    @Override
    public void close() {
        try {
            Runtime.getRuntime().removeShutdownHook(atExit);
            erase();
        } catch (IllegalStateException e) {
            // The process is ending, and the hook erases the line.
        }
    }
}
