package io.echo.bench.oracle;

import io.echo.net.Transport;
import java.util.ArrayList;
import java.util.List;

/** Makes a failing program smaller for as long as it fails. */
final class Shrinking {
    /** Each takes up to a few seconds. */
    private static final int MOST_TRIALS = 40;

    private Shrinking() {}

    /** Returns the smallest program found that fails; the given one if none smaller does. */
    static Program of(Program failing) throws Exception {
        Program smallest = failing;
        int trials = 0;
        boolean smaller = true;
        while (smaller) {
            smaller = false;
            for (Program candidate : smallerThan(smallest)) {
                if (++trials > MOST_TRIALS) {
                    return smallest;
                }
                if (!Trial.of(candidate).isEmpty()) {
                    smallest = candidate;
                    smaller = true;
                    break;
                }
            }
        }
        return smallest;
    }

    private static List<Program> smallerThan(Program program) {
        List<Program> smaller = new ArrayList<>();
        program.does().keySet().forEach(each -> smaller.add(program.without(each)));
        if (program.connections() > 1) {
            smaller.add(
                    program.with(
                            1,
                            program.loops(),
                            program.transport(),
                            program.count(),
                            program.extras(),
                            program.does()));
        }
        if (program.loops() > 1) {
            smaller.add(
                    program.with(
                            program.connections(),
                            1,
                            program.transport(),
                            program.count(),
                            program.extras(),
                            program.does()));
        }
        if (!program.extras().equals(Program.Extras.NONE)) {
            smaller.add(
                    program.with(
                            program.connections(),
                            program.loops(),
                            program.transport(),
                            program.count(),
                            Program.Extras.NONE,
                            program.does()));
        }
        if (program.transport() != Transport.NIO && program.extras().train() == 1) {
            smaller.add(
                    program.with(
                            program.connections(),
                            program.loops(),
                            Transport.NIO,
                            program.count(),
                            program.extras(),
                            program.does()));
        }
        if (program.count() > 1) {
            smaller.add(program.withCount(program.count() / 2));
        }
        return smaller;
    }
}
