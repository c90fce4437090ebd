package io.echo.bench;

import io.echo.client.Tally;
import io.echo.client.Target;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** One line a second on standard error: rewritten on a terminal, plain lines elsewhere. */
final class Progress implements LoadTest.Listener {
    private static final String ERASE_LINE = "\r\u001b[K";

    private final PrintStream err;
    private final boolean terminal;
    private long lost;

    private Progress(PrintStream err, boolean terminal) {
        this.err = err;
        this.terminal = terminal;
    }

    /** Writes to this stream, which is standard error of the process. */
    static Progress on(PrintStream err) {
        return new Progress(err, isTerminal());
    }

    private static boolean isTerminal() {
        try {
            String device = Files.readSymbolicLink(Path.of("/proc/self/fd/2")).toString();
            return device.startsWith("/dev/pts/") || device.startsWith("/dev/tty");
        } catch (IOException | UnsupportedOperationException e) {
            return false;
        }
    }

    @Override
    public void started(Target target, boolean embedded) {
        if (embedded) {
            err.println(
                    "no TARGET: measuring the project's own server in this process, over UDP;"
                            + " the two share the cores");
        }
    }

    @Override
    public void interval(Interval interval, Tally tally, boolean draining) {
        if (draining) {
            return;
        }
        lost += interval.lost();
        String line =
                String.format(
                        Locale.ROOT,
                        "%6.1f s  %,10.0f/s  in flight %,d  p50 %s  p99 %s  lost %,d",
                        interval.toS(),
                        interval.receivedPerSecond(),
                        interval.inFlight(),
                        interval.latency().map(us -> us(us.p50())).orElse("-"),
                        interval.latency().map(us -> us(us.p99())).orElse("-"),
                        lost);
        if (terminal) {
            err.print(ERASE_LINE + line);
        } else {
            err.println(line);
        }
        err.flush();
    }

    /** Leaves no half line behind. */
    void finish() {
        if (terminal) {
            err.print(ERASE_LINE);
            err.flush();
        }
    }

    private static String us(double value) {
        return String.format(Locale.ROOT, "%.1f us", value);
    }
}
