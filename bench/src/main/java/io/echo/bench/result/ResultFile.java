package io.echo.bench.result;

import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.WRITE;

import io.echo.cli.FlagValues;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.UUID;

/**
 * A file of results: there whole, or not there at all.
 *
 * <p>A regular file is written beside its place under another name and moved there by {@link
 * #commit}; {@link #close} without it leaves nothing. What is no regular file, a pipe or a device,
 * is written to directly, and so is {@code -}, which is standard output.
 */
public final class ResultFile implements AutoCloseable {
    private static final String STANDARD_OUTPUT = "-";

    private final String flag;
    private final Path place;
    private final Path draft;
    private final boolean force;
    private final OutputStream out;

    private ResultFile(String flag, Path place, Path draft, boolean force, OutputStream out) {
        this.flag = flag;
        this.place = place;
        this.draft = draft;
        this.force = force;
        this.out = out;
    }

    /** Whether this name stands for standard output. */
    static boolean isStandardOutput(String name) {
        return name.equals(STANDARD_OUTPUT);
    }

    /**
     * Prepares a file before there is anything to write, so that a run is not made in vain.
     *
     * @param standardOutput what {@code -} stands for
     * @throws IOException when it is there already and {@code force} is not given, or cannot be
     *     written
     */
    static ResultFile prepare(String flag, String name, boolean force, OutputStream standardOutput)
            throws IOException {
        if (isStandardOutput(name)) {
            return new ResultFile(flag, null, null, force, standardOutput);
        }
        Path place = Path.of(name);
        try {
            if (Files.exists(place) && !Files.isRegularFile(place)) {
                if (Files.isDirectory(place)) {
                    throw new IOException(flag + " must name a file, got the directory " + name);
                }
                return new ResultFile(flag, null, null, force, Files.newOutputStream(place));
            }
            requireFree(flag, place, force);
            // Files.createTempFile would keep it from everybody but its owner, whatever the umask.
            Path draft =
                    place.resolveSibling(
                            "." + place.getFileName() + "." + UUID.randomUUID() + ".part");
            OutputStream out = Files.newOutputStream(draft, CREATE_NEW, WRITE);
            draft.toFile().deleteOnExit(); // a second Ctrl-C ends the process without a close
            return new ResultFile(flag, place, draft, force, new BufferedOutputStream(out));
        } catch (NoSuchFileException e) {
            throw new IOException(flag + " must be in a directory that exists, got " + name, e);
        } catch (java.nio.file.FileSystemException e) {
            throw new IOException(
                    flag
                            + " must be writable, got "
                            + name
                            + ": "
                            + (e.getReason() == null ? "access denied" : e.getReason()),
                    e);
        }
    }

    private static void requireFree(String flag, Path place, boolean force) throws IOException {
        if (!force && Files.exists(place)) {
            throw new IOException(
                    FlagValues.mustBe(flag, "a new file, or --force given", place).getMessage());
        }
    }

    /** Where to write; not closed by the writer. */
    public OutputStream out() {
        return out;
    }

    /** Puts what was written in its place. */
    void commit() throws IOException {
        out.flush();
        if (draft == null) {
            return;
        }
        out.close();
        requireFree(flag, place, force);
        Files.move(draft, place, StandardCopyOption.REPLACE_EXISTING);
    }

    @Override
    public void close() throws IOException {
        if (draft != null) {
            out.close();
            Files.deleteIfExists(draft);
        } else if (place == null) {
            out.flush();
        }
    }
}
