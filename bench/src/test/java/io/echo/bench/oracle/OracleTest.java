package io.echo.bench.oracle;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/**
 * The load tester against servers that do what a program says: every count is theirs.
 *
 * <p>{@code -Doracle.programs=500 -Doracle.first=1} sets the number of programs and the first seed.
 */
class OracleTest {
    private static final int PROGRAMS = Integer.getInteger("oracle.programs", 25);
    private static final long FIRST = Long.getLong("oracle.first", 1);

    /** Programs at a time: each waits more than it works. */
    private static final int AT_A_TIME = 12;

    @Test
    void everyCountIsThatOfTheServer() throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(AT_A_TIME);
        List<Program> failing = new ArrayList<>();
        List<String> told = new ArrayList<>();
        try {
            List<Program> programs =
                    LongStream.range(FIRST, FIRST + PROGRAMS).mapToObj(Program::draw).toList();
            List<Future<List<String>>> trials =
                    programs.stream().map(each -> pool.submit(() -> Trial.of(each))).toList();
            for (int i = 0; i < PROGRAMS; i++) {
                List<String> differences = trials.get(i).get();
                if (!differences.isEmpty()) {
                    failing.add(programs.get(i));
                    told.add(programs.get(i) + ": " + String.join("; ", differences));
                }
            }
        } finally {
            pool.shutdownNow();
        }
        if (!failing.isEmpty()) {
            told.add("the first, shrunk: " + shrunk(failing.get(0)));
        }
        assertThat(told).as("of %d programs", PROGRAMS).isEmpty();
    }

    private static String shrunk(Program failing) throws Exception {
        Program smallest = Shrinking.of(failing);
        return smallest + ": " + String.join("; ", Trial.of(smallest));
    }

    @Test
    void aProgramIsTheSameForTheSameSeed() {
        for (long seed = 1; seed <= 500; seed++) {
            assertThat(Program.draw(seed)).isEqualTo(Program.draw(seed));
        }
    }
}
