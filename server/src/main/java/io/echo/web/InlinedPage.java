package io.echo.web;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Collection;
import java.util.stream.Collectors;

/**
 * Parts of a page that has its styles and scripts inside: resources as text, and their hashes for
 * the policy that allows them and nothing else.
 *
 * <p>The theme and uPlot, which every page uses, are resources beside this class.
 */
public final class InlinedPage {
    private InlinedPage() {}

    /**
     * Reads a resource as UTF-8.
     *
     * @param beside the class whose folder a relative name starts from
     * @throws IllegalStateException when the program was built without it
     */
    public static String read(Class<?> beside, String name) {
        try (InputStream in = beside.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException("no resource " + name + " beside " + beside);
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Names contents as sources of a Content-Security-Policy: {@code 'sha256-…' 'sha256-…'}. */
    public static String sources(Collection<String> contents) {
        return contents.stream()
                .map(content -> "'sha256-" + hash(content) + "'")
                .collect(Collectors.joining(" "));
    }

    /** Returns the SHA-256 of a text in UTF-8, in Base64. */
    public static String hash(String content) {
        try {
            byte[] bytes = content.getBytes(StandardCharsets.UTF_8);
            return Base64.getEncoder()
                    .encodeToString(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // Every JDK has it.
        }
    }
}
