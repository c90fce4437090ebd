package io.echo.pem;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The content of a PEM file (RFC 7468), and the flag that named it. Errors say what must be, and
 * what was given.
 */
public final class PemFile {
    /** Most that is read, in bytes: the certificates of all public issuers take a quarter of it. */
    private static final int LARGEST = 1 << 20;

    private static final Pattern BLOCK =
            Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----\\s([^-]*)-----END \\1-----");

    /** A block: its label, and the DER that it holds. */
    record Block(String label, byte[] der) {}

    private final String flag;
    private final Path path;
    private final byte[] bytes;

    private PemFile(String flag, Path path, byte[] bytes) {
        this.flag = flag;
        this.path = path;
        this.bytes = bytes;
    }

    /**
     * Reads a file.
     *
     * @param flag the flag that named it, for errors: {@code --tls-cert}
     * @throws IOException with one line, when it cannot be read or has more than 1 MiB
     */
    public static PemFile read(String flag, Path path) throws IOException {
        try (InputStream in = Files.newInputStream(path)) {
            byte[] bytes = in.readNBytes(LARGEST + 1);
            PemFile file = new PemFile(flag, path, bytes);
            if (bytes.length > LARGEST) {
                throw file.mustBe("a PEM file of at most 1 MiB", "");
            }
            return file;
        } catch (NoSuchFileException e) {
            throw unreadable(flag, path, "no such file", e);
        } catch (AccessDeniedException e) {
            throw unreadable(flag, path, "not allowed to read it", e);
        } catch (IOException e) {
            if (String.valueOf(e.getMessage()).startsWith(flag)) {
                throw e;
            }
            throw unreadable(flag, path, e.getMessage(), e);
        }
    }

    private static IOException unreadable(String flag, Path path, String why, IOException cause) {
        return new IOException(
                flag + " must be a file that can be read, got " + path + ": " + why, cause);
    }

    /** Returns whether both have the same content. */
    public boolean sameAs(PemFile other) {
        return Arrays.equals(bytes, other.bytes);
    }

    /** Returns the blocks in their order; text between them is left out. */
    List<Block> blocks() throws IOException {
        List<Block> blocks = new ArrayList<>();
        Matcher found = BLOCK.matcher(new String(bytes, StandardCharsets.ISO_8859_1));
        while (found.find()) {
            try {
                blocks.add(
                        new Block(found.group(1), Base64.getMimeDecoder().decode(found.group(2))));
            } catch (IllegalArgumentException e) {
                throw mustBe("a PEM file", ": its " + found.group(1) + " is not base64");
            }
        }
        return blocks;
    }

    /** Returns whether it has a key with a password in OpenSSL's old form (RFC 1421). */
    boolean isEncrypted() {
        return new String(bytes, StandardCharsets.ISO_8859_1).contains("Proc-Type: 4,ENCRYPTED");
    }

    /** Makes the error that says what the file must be. */
    IOException mustBe(String rule, String why) {
        return new IOException(flag + " must be " + rule + ", got " + path + why);
    }

    @Override
    public String toString() {
        return path.toString();
    }
}
