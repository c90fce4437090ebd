package io.echo.net;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The place where an echo service listens: protocol, host and port.
 *
 * <p>Written {@code udp://host:port}, {@code tcp://host:port} or {@code host:port}, which is TCP;
 * the port may be left out. {@code tls://host:port} is TLS over TCP, and names its port. The host
 * is a name, an IPv4 address, or an IPv6 address, which stands in brackets in the text and without
 * them in {@link #host}. Nothing is looked up here.
 *
 * @param tls true for TLS over TCP
 */
public record Target(Protocol protocol, String host, int port, boolean tls) {
    /** The port when none is given. */
    public static final int DEFAULT_PORT = 2105;

    private static final String TLS = "tls";

    /** The port that an error shows where TLS has none. */
    private static final int EXAMPLE_TLS_PORT = DEFAULT_PORT + 2;

    private static final int MAX_PORT = 65_535;
    private static final Pattern SCHEME = Pattern.compile("([^:/\\[]*)://(.*)", Pattern.DOTALL);
    private static final Pattern BRACKETED = Pattern.compile("\\[([^\\]]*)\\](?::(.*))?");
    private static final Pattern PLAIN = Pattern.compile("([^:]*)(?::([^:]*))?");
    private static final Pattern NAME = Pattern.compile("[\\p{L}\\p{M}\\p{N}._-]+");
    private static final Pattern BARE_WITH_PORT = Pattern.compile("(.*):([0-9]{1,5})");
    private static final Pattern NUMBER = Pattern.compile("[0-9]+");

    /**
     * Checks the parts.
     *
     * @throws IllegalArgumentException when the host is neither a name nor an address, the port is
     *     not from 1 to 65535, or TLS is not over TCP
     */
    public Target {
        Objects.requireNonNull(protocol, "protocol");
        if (tls && protocol != Protocol.TCP) {
            throw new IllegalArgumentException("TLS must be over tcp, got " + protocol);
        }
        host = HostText.read("host", host);
        if (host.indexOf(':') >= 0 ? !isIpv6(host) : !NAME.matcher(host).matches()) {
            throw new IllegalArgumentException(
                    "host must be a name, an IPv4 address or an IPv6 address in brackets, got \""
                            + host
                            + '"');
        }
        if (port < 1 || port > MAX_PORT) {
            throw badPort(Integer.toString(port));
        }
    }

    /**
     * Makes a target without TLS.
     *
     * @throws IllegalArgumentException when the host is neither a name nor an address, or the port
     *     is not from 1 to 65535
     */
    public Target(Protocol protocol, String host, int port) {
        this(protocol, host, port, false);
    }

    /**
     * Reads the written form.
     *
     * @throws IllegalArgumentException with a one-line message that says what must stand there and
     *     what does
     */
    public static Target parse(String text) {
        Matcher scheme = SCHEME.matcher(text);
        Protocol protocol = Protocol.TCP;
        boolean tls = false;
        String rest = text;
        if (scheme.matches()) {
            tls = scheme.group(1).equalsIgnoreCase(TLS);
            protocol = tls ? Protocol.TCP : protocol(scheme.group(1), text);
            rest = scheme.group(2);
        }
        if (rest.isEmpty()) {
            throw new IllegalArgumentException(
                    "target must be udp://host:port, tcp://host:port, tls://host:port or"
                            + " host:port, got \""
                            + text
                            + '"');
        }
        Matcher parts = (rest.startsWith("[") ? BRACKETED : PLAIN).matcher(rest);
        if (!parts.matches()) {
            Optional<Target> bracketed = bracketed(protocol, rest, tls);
            if (bracketed.isPresent()) {
                throw new IllegalArgumentException(
                        "IPv6 address must stand in brackets, as in "
                                + bracketed.get()
                                + ", got "
                                + text);
            }
            throw new IllegalArgumentException(
                    "target must be host:port, an IPv6 host in brackets, got \"" + text + '"');
        }
        if (rest.startsWith("[") && !isIpv6(parts.group(1))) {
            throw new IllegalArgumentException(
                    "brackets must hold an IPv6 address, got \"" + text + '"');
        }
        if (tls && parts.group(2) == null) {
            throw new IllegalArgumentException(
                    "tls:// must name its port, as in tls://"
                            + rest
                            + ':'
                            + EXAMPLE_TLS_PORT
                            + ", got "
                            + text);
        }
        return new Target(protocol, parts.group(1), port(parts.group(2)), tls);
    }

    /** Reads an IPv6 address without brackets; its last part is a port if the rest allows that. */
    private static Optional<Target> bracketed(Protocol protocol, String text, boolean tls) {
        Matcher parts = BARE_WITH_PORT.matcher(text);
        if (parts.matches() && isIpv6(parts.group(1))) {
            int port = Integer.parseInt(parts.group(2));
            if (port >= 1 && port <= MAX_PORT) {
                return Optional.of(new Target(protocol, parts.group(1), port, tls));
            }
        }
        return isIpv6(text)
                ? Optional.of(
                        new Target(protocol, text, tls ? EXAMPLE_TLS_PORT : DEFAULT_PORT, tls))
                : Optional.empty();
    }

    private static Protocol protocol(String scheme, String text) {
        for (Protocol protocol : Protocol.values()) {
            if (protocol.toString().equalsIgnoreCase(scheme)) {
                return protocol;
            }
        }
        throw new IllegalArgumentException(
                "target must begin with udp://, tcp:// or tls://, got \"" + text + '"');
    }

    private static int port(String text) {
        if (text == null) {
            return DEFAULT_PORT;
        }
        // Ten digits and more would not fit; leading zeros may stand.
        String digits = text.replaceFirst("^0+(?=.)", "");
        if (!NUMBER.matcher(digits).matches() || digits.length() > 9) {
            throw badPort(text);
        }
        return Integer.parseInt(digits);
    }

    private static IllegalArgumentException badPort(String text) {
        return new IllegalArgumentException("port must be from 1 to 65535, got \"" + text + '"');
    }

    /** Tells whether the text is an IPv6 address, with a zone or without. */
    private static boolean isIpv6(String text) {
        if (text.indexOf(':') < 0) {
            return false;
        }
        int zone = text.indexOf('%');
        try {
            // A host in brackets is parsed and never looked up; zones differ from machine to
            // machine.
            InetAddress.getByName('[' + (zone < 0 ? text : text.substring(0, zone)) + ']');
            return zone < 0 || NAME.matcher(text.substring(zone + 1)).matches();
        } catch (UnknownHostException e) {
            return false;
        }
    }

    /** Returns what stands before {@code ://}: the protocol, or {@code tls}. */
    public String scheme() {
        return tls ? TLS : protocol.toString();
    }

    /** The written form with every part in it: {@code udp://[::1]:2105}. */
    @Override
    public String toString() {
        return scheme() + "://" + (host.indexOf(':') < 0 ? host : '[' + host + ']') + ':' + port;
    }
}
