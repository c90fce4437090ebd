package io.echo.net;

import java.util.regex.Pattern;

/**
 * Reads hosts as users write them: a name, an IPv4 address, or an IPv6 address without brackets.
 *
 * <p>Some forms of IPv4 mean different addresses to different programs, since a number may be octal
 * or several bytes: {@code 010.0.0.1}, {@code 127.1}, {@code 0x7f.1}, {@code 2130706433}. Whatever
 * ends in a number is either four plain numbers, or refused.
 */
public final class HostText {
    private static final Pattern ENDS_IN_NUMBER =
            Pattern.compile("(?:.*\\.)?(?:[0-9]+|0[xX][0-9a-fA-F]*)\\.?");

    private static final String BYTE = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])";
    private static final Pattern IPV4 = Pattern.compile(BYTE + "(?:\\." + BYTE + "){3}\\.?");

    /** A zone as URLs write it (RFC 6874), but for an index: {@code %25} may be one itself. */
    private static final Pattern ESCAPED_ZONE = Pattern.compile("%(?:25)+(?=[^0-9])");

    private HostText() {}

    /**
     * Returns the host in its one form: {@code fe80::1%25eth0} as {@code fe80::1%eth0}.
     *
     * @param what the flag or the thing that is read, for the error
     * @throws IllegalArgumentException when it looks like an IPv4 address, and is not four numbers
     *     from 0 to 255 without leading zeros
     */
    public static String read(String what, String text) {
        if (isAmbiguous(text)) {
            throw new IllegalArgumentException(
                    what
                            + " must be a name, or an address such as 192.0.2.1 without leading"
                            + " zeros, got "
                            + text);
        }
        return isIpv6(text) ? ESCAPED_ZONE.matcher(text).replaceFirst("%") : text;
    }

    /** Tells if a host, or the end of an IPv6 address, is IPv4 in any form but four numbers. */
    public static boolean isAmbiguous(String text) {
        String address = isIpv6(text) ? text.replaceFirst("%.*", "") : text;
        String last = address.substring(address.lastIndexOf(':') + 1);
        boolean whole = isIpv6(text) && last.indexOf('.') < 0;
        return !whole && ENDS_IN_NUMBER.matcher(last).matches() && !IPV4.matcher(last).matches();
    }

    private static boolean isIpv6(String text) {
        return text.indexOf(':') >= 0;
    }
}
