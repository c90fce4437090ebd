package io.echo.bench.command;

import io.echo.bench.load.Interval;
import io.echo.bench.load.LoadConfig;
import io.echo.bench.load.LoadRun;
import io.echo.cli.FlagValues;
import io.echo.cli.Terminal;
import io.echo.client.figures.Figures;
import io.echo.client.probe.ProbeStats;
import io.echo.net.Target;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/** Progress on standard error, a line each second: rewritten on a terminal, appended elsewhere. */
final class Progress implements LoadRun.Listener, AutoCloseable {
    private static final String ERASE_LINE = "\r\u001b[K";

    /** Turns wrapping off: a line that wraps could not be erased. */
    private static final String CUT = "\u001b[?7l";

    /** Turns wrapping on, after a blank: the last character of a cut line stands at the edge. */
    private static final String WRAP_AGAIN = " \u001b[?7h";

    private static final int TIME_WIDTH = 6;
    private static final int RATE_WIDTH = 10;
    private static final int LATENCY_WIDTH = 8;

    private final PrintStream err;
    private final PrintStream nowhere;
    private final Terminal terminal;
    private final LoadConfig config;
    private final boolean lasting;

    /** Erases the line when the process ends without {@link #close}, at a second Ctrl-C. */
    private final Thread atExit = new Thread(this::erase);

    private long lost;

    private Progress(PrintStream err, LoadConfig config, boolean lasting) {
        this.err = err;
        this.nowhere =
                new PrintStream(OutputStream.nullOutputStream(), true, StandardCharsets.UTF_8);
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
                    err,
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
        show(err, line(interval));
    }

    private void show(PrintStream to, String line) {
        if (terminal.present()) {
            rewrite(to, line);
        } else if (lasting) {
            to.println(line);
        }
    }

    @Override
    public void rehearse(Interval interval) {
        show(nowhere, line(interval));
    }

    private String line(Interval interval) {
        String p50 = interval.latency().map(us -> Figures.shortTime(us.p50())).orElse("-");
        String p99 = interval.latency().map(us -> Figures.shortTime(us.p99())).orElse("-");
        String rate = Figures.count(Math.round(interval.receivedPerSecond()));
        return right(Figures.tenths(interval.toS()), TIME_WIDTH)
                + " s  "
                + right(rate, RATE_WIDTH)
                + "/s  p50 "
                + right(p50, LATENCY_WIDTH)
                + "  p99 "
                + right(p99, LATENCY_WIDTH)
                + "  "
                + terminal.alarm(lost, "lost " + Figures.count(lost))
                + "  in flight "
                + Figures.count(interval.inFlight());
    }

    private static String right(String text, int width) {
        return " ".repeat(Math.max(0, width - text.length())) + text;
    }

    @Override
    public void sent() {
        if (terminal.present()) {
            rewrite(err, "waits for late replies, " + FlagValues.show(config.timeout()));
        }
    }

    private static void rewrite(PrintStream to, String line) {
        to.print(ERASE_LINE + CUT + line + WRAP_AGAIN);
        to.flush();
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
