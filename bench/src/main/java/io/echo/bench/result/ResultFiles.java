package io.echo.bench.result;

import io.echo.cli.FlagValues;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The files of one command: opened before there is anything to write, put in their places together,
 * or gone.
 */
public final class ResultFiles implements AutoCloseable {
    private final boolean force;
    private final OutputStream standardOutput;
    private final List<ResultFile> files = new ArrayList<>();

    /** Makes none yet; {@code force} lets them replace what is there. */
    public ResultFiles(boolean force, OutputStream standardOutput) {
        this.force = force;
        this.standardOutput = standardOutput;
    }

    /**
     * Whether one of these files is standard output, so that what people read goes elsewhere.
     *
     * @param named the files by the flags that name them
     * @throws IllegalArgumentException when two of them are one
     */
    public static boolean onStandardOutput(Map<String, Optional<String>> named) {
        Map<String, String> flags = new HashMap<>();
        new TreeMap<>(named)
                .forEach(
                        (flag, name) ->
                                name.map(text -> flags.put(text, flag))
                                        .ifPresent(
                                                other -> {
                                                    throw FlagValues.mustBe(
                                                            flag,
                                                            "another file than that of " + other,
                                                            name.get());
                                                }));
        return flags.keySet().stream().anyMatch(ResultFile::isStandardOutput);
    }

    /** Opens a file, if it is named. */
    public Optional<ResultFile> prepare(String flag, Optional<String> name) throws IOException {
        if (name.isEmpty()) {
            return Optional.empty();
        }
        ResultFile file = ResultFile.prepare(flag, name.get(), force, standardOutput);
        files.add(file);
        return Optional.of(file);
    }

    /** Puts all of them in their places. */
    public void commit() throws IOException {
        for (ResultFile file : files) {
            file.commit();
        }
    }

    @Override
    public void close() throws IOException {
        for (ResultFile file : files) {
            file.close();
        }
    }
}
