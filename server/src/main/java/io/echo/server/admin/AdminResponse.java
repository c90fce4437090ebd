package io.echo.server.admin;

import io.netty.channel.Channel;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * An answer of the admin port.
 *
 * @param status the HTTP status
 * @param headers the headers, with the type of the content
 * @param body the content, as UTF-8
 * @param stream in place of a body: takes the connection, on the admin loop, once the head has been
 *     written, and goes on until the connection ends
 */
record AdminResponse(
        HttpResponseStatus status,
        Map<CharSequence, String> headers,
        String body,
        Optional<Consumer<Channel>> stream) {
    /** Makes an answer that is not cacheable (no-store). */
    static AdminResponse of(HttpResponseStatus status, String type, String body) {
        return new AdminResponse(
                status,
                Map.of(
                        HttpHeaderNames.CONTENT_TYPE,
                        type,
                        HttpHeaderNames.CACHE_CONTROL,
                        "no-store"),
                body,
                Optional.empty());
    }

    /** Makes a line of text. */
    static AdminResponse text(HttpResponseStatus status, String body) {
        return of(status, "text/plain; charset=utf-8", body + "\n");
    }

    /** Makes an answer that goes on until the connection ends. */
    static AdminResponse stream(String type, Consumer<Channel> stream) {
        AdminResponse head = of(HttpResponseStatus.OK, type, "").andClose();
        return new AdminResponse(head.status(), head.headers(), "", Optional.of(stream));
    }

    /** Returns a copy with one more header. */
    AdminResponse with(CharSequence name, String value) {
        Map<CharSequence, String> all = new HashMap<>(headers);
        all.put(name, value);
        return new AdminResponse(status, Map.copyOf(all), body, stream);
    }

    /** Returns a copy after which the connection closes. */
    AdminResponse andClose() {
        return with(HttpHeaderNames.CONNECTION, "close");
    }

    /** Returns true if the connection closes after it. */
    boolean closes() {
        return headers.containsKey(HttpHeaderNames.CONNECTION);
    }

    /** Returns this, or 304 Not Modified if the peer has it; "*" means any version of it. */
    AdminResponse orNotModified(HttpRequest request) {
        String tag = headers.get(HttpHeaderNames.ETAG);
        boolean known =
                tag != null
                        && request.headers().getAll(HttpHeaderNames.IF_NONE_MATCH).stream()
                                .anyMatch(tags -> tags.strip().equals("*") || tags.contains(tag));
        return known
                ? new AdminResponse(HttpResponseStatus.NOT_MODIFIED, headers, body, stream)
                : this;
    }
}
