package io.echo.server.admin;

import static io.netty.handler.codec.http.HttpResponseStatus.MISDIRECTED_REQUEST;

import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The names by which the admin port may be asked.
 *
 * <p>A page of the internet may have its own name resolve to an address that only its reader can
 * reach, and read what answers there (DNS rebinding). The browser then sends that name as Host. So
 * a connection that arrives on loopback, which needs no password and passes every firewall, has to
 * name loopback; elsewhere too once names are given, for those who gave them know all of them.
 *
 * @param given the names of {@code --admin-name}
 */
record AdminNames(List<String> given) {
    /** Host, with its port if there is one (RFC 9110, section 7.2). */
    private static final Pattern HOST = Pattern.compile("(\\[[^\\]]*\\]|[^:]*)(:[0-9]*)?");

    /** Returns the refusal of a request for another name; empty if it may be answered. */
    Optional<AdminResponse> refusal(String host, InetAddress arrivedAt) {
        return given.isEmpty() && !arrivedAt.isLoopbackAddress() || isOurs(host, arrivedAt)
                ? Optional.empty()
                : Optional.of(
                        AdminResponse.text(
                                MISDIRECTED_REQUEST,
                                "the admin port does not answer to the name in this request's Host:"
                                        + " ask for localhost, or add the name with"
                                        + " --admin-name"));
    }

    private boolean isOurs(String host, InetAddress arrivedAt) {
        Matcher parts = HOST.matcher(host.strip().toLowerCase(Locale.ROOT));
        if (!parts.matches()) {
            return false;
        }
        String name = parts.group(1).replaceFirst("\\.$", "");
        return name.equals("localhost")
                || name.endsWith(".localhost") // RFC 6761, section 6.3: never resolved elsewhere.
                || given.stream().anyMatch(name::equalsIgnoreCase)
                || address(name)
                        .filter(a -> a.isLoopbackAddress() || a.equals(arrivedAt) || isGiven(a))
                        .isPresent();
    }

    private boolean isGiven(InetAddress address) {
        return given.stream().flatMap(name -> address(name).stream()).anyMatch(address::equals);
    }

    /** Returns the address that is written there; a name that resolves to one is none. */
    private static Optional<InetAddress> address(String text) {
        byte[] bytes = NetUtil.createByteArrayFromIpAddressString(text);
        try {
            return bytes == null ? Optional.empty() : Optional.of(InetAddress.getByAddress(bytes));
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e); // It has a legal length.
        }
    }
}
