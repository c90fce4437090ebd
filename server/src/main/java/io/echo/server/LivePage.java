package io.echo.server;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The document at {@code /}: {@code web/live.html} with the styles and scripts that it names put
 * inside, so that a viewer costs one request.
 *
 * <p>Its policy lets run what stands in it, by hash, and nothing else; the one address that it may
 * talk to is where it came from.
 *
 * @param tag what it is known by, a hash of everything in it
 * @param page the answer
 */
record LivePage(String tag, Page page) {
    private static final Pattern STYLE =
            Pattern.compile("<link rel=\"stylesheet\" href=\"(.+?)\">");
    private static final Pattern SCRIPT = Pattern.compile("<script src=\"(.+?)\"></script>");

    private static final LivePage LOADED = load();

    /** The one there is. */
    static LivePage get() {
        return LOADED;
    }

    private static LivePage load() {
        List<String> styles = new ArrayList<>();
        List<String> scripts = new ArrayList<>();
        String html =
                inline(
                        STYLE,
                        "style",
                        inline(SCRIPT, "script", read("live.html"), scripts),
                        styles);
        String policy =
                "default-src 'none'; connect-src 'self'; img-src data:; script-src "
                        + hashes(scripts)
                        + "; style-src "
                        + hashes(styles)
                        + "; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
        String tag = "\"" + hash(html + policy) + "\"";
        Map<CharSequence, String> headers =
                Map.of(
                        HttpHeaderNames.CONTENT_TYPE,
                        "text/html; charset=utf-8",
                        HttpHeaderNames.CACHE_CONTROL,
                        "no-cache", // Ask whether it has changed.
                        HttpHeaderNames.ETAG,
                        tag,
                        HttpHeaderNames.CONTENT_SECURITY_POLICY,
                        policy,
                        "x-content-type-options",
                        "nosniff",
                        "referrer-policy",
                        "no-referrer",
                        HttpHeaderNames.CONNECTION,
                        HttpHeaderValues.CLOSE.toString());
        return new LivePage(tag, new Page(HttpResponseStatus.OK, headers, html, Optional.empty()));
    }

    /** Replaces each file that is named with what stands in it, and notes that. */
    private static String inline(Pattern named, String tag, String html, List<String> contents) {
        return named.matcher(html)
                .replaceAll(
                        name -> {
                            String content = read(name.group(1));
                            contents.add(content);
                            return Matcher.quoteReplacement(
                                    "<" + tag + ">" + content + "</" + tag + ">");
                        });
    }

    private static String read(String name) {
        try (InputStream in = LivePage.class.getResourceAsStream("web/" + name)) {
            if (in == null) {
                throw new IllegalStateException("web/" + name + " must be beside the classes");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String hashes(List<String> contents) {
        return contents.stream()
                .map(content -> "'sha256-" + hash(content) + "'")
                .collect(Collectors.joining(" "));
    }

    private static String hash(String content) {
        try {
            byte[] bytes = content.getBytes(StandardCharsets.UTF_8);
            return Base64.getEncoder()
                    .encodeToString(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // Every JDK has it.
        }
    }
}
