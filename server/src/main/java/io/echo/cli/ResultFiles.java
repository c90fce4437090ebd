package io.echo.cli;

import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;

/**
 * The files of one command: opened before there is anything to write, put in their places together,
 * or gone.
 *
 * <p>A regular file is written as a draft beside its place and moved there by {@link #commit};
 * {@link #close} without it leaves nothing. A pipe or a device is written to directly, and so is
 * {@code -}, which is standard output. A write that fails is an {@link
 * java.io.UncheckedIOException}, which a writer of text does not hide.
 */
public final class ResultFiles implements AutoCloseable {
    private static final String STANDARD = "-";

    private final boolean force;
    private final OutputStream standardOutput;
    private final List<OutputStream> direct = new ArrayList<>();
    private final List<Draft> drafts = new ArrayList<>();

    /** Makes no file yet; {@code force} lets them replace files that are there already. */
    public ResultFiles(boolean force, OutputStream standardOutput) {
        this.force = force;
        this.standardOutput = standardOutput;
    }

    /** A regular file that is not in its place yet. */
    private record Draft(String flag, Path place, Path path, OutputStream out) {}

    /** Tells whether this name stands for standard input or output. */
    public static boolean isStandard(String name) {
        return name.equals(STANDARD);
    }

    /**
     * Tells whether one of these files is standard output, so that people read on standard error.
     *
     * @param named the files by the flags that name them
     * @throws IllegalArgumentException when two flags name the same file
     */
    public static boolean onStandardOutput(Map<String, Optional<String>> named) throws IOException {
        Map<String, String> flags = new HashMap<>();
        for (Map.Entry<String, Optional<String>> file : new TreeMap<>(named).entrySet()) {
            if (file.getValue().isEmpty()) {
                continue;
            }
            String name = file.getValue().get();
            String other = flags.put(same(name), file.getKey());
            if (other != null) {
                throw FlagValues.mustBe(file.getKey(), "another file than that of " + other, name);
            }
        }
        return flags.keySet().stream().anyMatch(ResultFiles::isStandard);
    }

    /** Returns one text for all names of a file. */
    private static String same(String name) throws IOException {
        return isStandard(name)
                ? name
                : FileName.path(name).toAbsolutePath().normalize().toString();
    }

    /**
     * Opens a file, if it is named, so that a run is not made in vain. Its writer does not close
     * it.
     *
     * @throws IOException when it is there already and may not be replaced, or cannot be written
     */
    public Optional<OutputStream> prepare(String flag, Optional<String> name) throws IOException {
        return name.isEmpty() ? Optional.empty() : Optional.of(open(flag, name.get()));
    }

    private OutputStream open(String flag, String name) throws IOException {
        if (isStandard(name)) {
            direct.add(standardOutput);
            return standardOutput;
        }
        Path place = FileName.path(name);
        try {
            if (Files.isDirectory(place)) {
                throw new IOException(flag + " must name a file, got the directory " + name);
            }
            if (Files.exists(place) && !Files.isRegularFile(place)) {
                OutputStream out = CheckedOutput.of(Files.newOutputStream(place), name);
                direct.add(out);
                return out;
            }
            requireFree(flag, place);
            // Files.createTempFile would keep it from everybody but its owner, whatever the umask.
            Path path =
                    place.resolveSibling(
                            "." + place.getFileName() + "." + UUID.randomUUID() + ".part");
            OutputStream out =
                    new BufferedOutputStream(
                            CheckedOutput.of(Files.newOutputStream(path, CREATE_NEW, WRITE), name));
            path.toFile().deleteOnExit(); // a second Ctrl-C ends the process without a close
            drafts.add(new Draft(flag, place, path, out));
            return out;
        } catch (NoSuchFileException e) {
            throw new IOException(flag + " must be in a directory that exists, got " + name, e);
        } catch (FileSystemException e) {
            String reason = e.getReason() == null ? "access denied" : e.getReason();
            throw new IOException(flag + " must be writable, got " + name + ": " + reason, e);
        }
    }

    private void requireFree(String flag, Path place) throws IOException {
        if (!force && Files.exists(place)) {
            throw new IOException(
                    FlagValues.mustBe(flag, "a new file, or --force given", place).getMessage());
        }
    }

    /** Puts all of them in their places. */
    public void commit() throws IOException {
        for (OutputStream out : direct) {
            out.flush();
        }
        for (Draft draft : drafts) {
            draft.out().close();
            requireFree(draft.flag(), draft.place());
            Files.move(draft.path(), draft.place(), StandardCopyOption.REPLACE_EXISTING);
        }
    }

    @Override
    public void close() throws IOException {
        for (OutputStream out : direct) {
            out.flush();
        }
        for (Draft draft : drafts) {
            try {
                draft.out().close();
            } finally {
                Files.deleteIfExists(draft.path());
            }
        }
    }
}
