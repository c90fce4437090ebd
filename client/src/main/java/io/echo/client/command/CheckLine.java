package io.echo.client.command;

import io.echo.cli.Terminal;
import io.echo.client.check.PathResult;
import io.echo.client.check.PathState;
import io.echo.client.check.PortAnswers;
import java.util.Locale;
import java.util.OptionalLong;

/** One line of {@code check}: the path, its state, the address, times and the reason. */
final class CheckLine {
    static final double NS_PER_MS = 1e6;

    private CheckLine() {}

    /**
     * Writes a result in one line.
     *
     * @param expected true if it must echo, so that another state is a failure
     */
    static String of(PathResult result, boolean expected, Terminal terminal) {
        String state = String.format(Locale.ROOT, "%-11s", result.state().words());
        String facts =
                switch (result.state()) {
                    case ECHOING -> echo(result);
                    default -> failure(result);
                };
        String asks = result.state() == PathState.SILENT ? "how far it gets: " : "who says so: ";
        String start = result.path() + "  ";
        String line =
                start
                        + state
                        + "  "
                        + facts
                        + result.traceroute().map(command -> "; " + asks + command).orElse("");
        String wrapped = terminal.wrap(line, start.length() + state.length() + 2);
        return start
                + coloured(result, expected, state, terminal)
                + wrapped.substring(start.length() + state.length());
    }

    private static String echo(PathResult result) {
        return result.address().map(PathResult::text).orElseThrow()
                + ms(" in ", result.timeNs())
                + ms(", connected in ", result.connectNs())
                + result.ports().filter(PortAnswers::allEcho).map(CheckLine::all).orElse("")
                + (result.reason().isEmpty() ? "" : ", " + result.reason());
    }

    private static String all(PortAnswers ports) {
        return ", from all " + ports.asked() + " ports" + ms(" within ", ports.slowestNs());
    }

    private static String failure(PathResult result) {
        if (result.address().isEmpty()) {
            return result.reason();
        }
        String after = result.connectNs().isPresent() ? ", after " : " after ";
        return PathResult.text(result.address().get())
                + ms(" connected in ", result.connectNs())
                + ms(after, result.timeNs())
                + (result.timeNs().isPresent() ? ": " : ", ")
                + result.reason();
    }

    private static String coloured(
            PathResult result, boolean expected, String state, Terminal terminal) {
        if (result.echoes()) {
            return terminal.good(state);
        }
        return expected ? terminal.bad(state) : state;
    }

    private static String ms(String before, OptionalLong ns) {
        return ns.isPresent()
                ? String.format(Locale.ROOT, "%s%.2f ms", before, ns.getAsLong() / NS_PER_MS)
                : "";
    }
}
