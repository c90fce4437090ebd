package io.echo.client.socket;

import io.echo.cli.FlagValues;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Local ports of connections, so that each can be met again: {@code --source-ports 40000+64}.
 *
 * <p>Connection <i>i</i> sends from port {@code first + i % count}, whichever run it is. Of several
 * addresses connections take one after the other, such that no two of the first {@code count} times
 * {@code addresses} connections have the same pair of address and port.
 *
 * @param first 1..65535
 * @param count of consecutive ports, the last at most 65535
 */
public record SourcePorts(int first, int count) {
    private static final String FLAG = "--source-ports";
    private static final int LAST = 65_535;
    private static final int IPV4_BYTES = 4;
    private static final int IPV6_BYTES = 16;
    private static final Pattern TEXT = Pattern.compile("(\\d{1,9})\\+(\\d{1,9})");

    public SourcePorts {
        if (first < 1 || count < 1 || first + count - 1 > LAST) {
            throw FlagValues.mustBe(
                    FLAG, "FIRST+COUNT, all of these ports from 1 to " + LAST, first + "+" + count);
        }
    }

    /** Reads {@code 40000+64}. */
    public static SourcePorts parse(String text) {
        Matcher parts = TEXT.matcher(text.strip());
        if (!parts.matches()) {
            throw FlagValues.mustBe(FLAG, "FIRST+COUNT such as 40000+64", text);
        }
        return new SourcePorts(Integer.parseInt(parts.group(1)), Integer.parseInt(parts.group(2)));
    }

    /** Returns how many connections can be had from so many addresses; none counts as one. */
    public int pairs(int addresses) {
        return count * Math.max(1, addresses);
    }

    /**
     * Returns where a connection sends from.
     *
     * @param connection from 0; from {@link #pairs} on pairs repeat
     * @param addresses of this machine; empty for the kernel's choice
     * @param ipv4 the family of the kernel's choice
     */
    public InetSocketAddress local(int connection, List<InetAddress> addresses, boolean ipv4) {
        int place = connection % count;
        InetAddress address =
                addresses.isEmpty()
                        ? any(ipv4)
                        // A round later each port has the next address.
                        : addresses.get((place + connection / count) % addresses.size());
        return new InetSocketAddress(address, first + place);
    }

    /** Returns the port so many after another; beyond the last 0, which leaves it to the system. */
    public static int after(int port, int number) {
        return port + number > LAST ? 0 : port + number;
    }

    private static InetAddress any(boolean ipv4) {
        try {
            return InetAddress.getByAddress(new byte[ipv4 ? IPV4_BYTES : IPV6_BYTES]);
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e); // the lengths are those of addresses
        }
    }

    /** The written form: {@code 40000+64}. */
    @Override
    public String toString() {
        return first + "+" + count;
    }
}
