package io.echo.server.admin;

import io.echo.web.InlinedPage;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The document at {@code /}: {@code web/live.html} with the styles and scripts that it names put
 * inside, so that a viewer costs one request.
 *
 * <p>Its policy allows the scripts and styles in it, by hash, and nothing else; it may connect only
 * to the server that it came from.
 *
 * @param tag entity tag, a hash of everything in it
 * @param page the answer
 */
record LivePage(String tag, AdminResponse page) {
    private static final Pattern STYLE =
            Pattern.compile("<link rel=\"stylesheet\" href=\"(.+?)\">");
    private static final Pattern SCRIPT = Pattern.compile("<script src=\"(.+?)\"></script>");

    private static final LivePage LOADED = load();

    /** Returns the page, which is made once. */
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
                        + InlinedPage.sources(scripts)
                        + "; style-src "
                        + InlinedPage.sources(styles)
                        + "; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
        String tag = "\"" + InlinedPage.hash(html + policy) + "\"";
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
        return new LivePage(
                tag, new AdminResponse(HttpResponseStatus.OK, headers, html, Optional.empty()));
    }

    /** Replaces each name of a file by its content, and adds that to a list. */
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

    /** Reads a file beside this page, or one of all pages by its whole path. */
    private static String read(String name) {
        return InlinedPage.read(LivePage.class, name.startsWith("/") ? name : "web/" + name);
    }
}
