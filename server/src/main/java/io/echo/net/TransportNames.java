package io.echo.net;

import java.util.Iterator;

/**
 * The values of a {@code --transport} flag, for completion, and its line in the help.
 *
 * <p>Loads {@link Transport}, and so Netty and the logger, no sooner than they are asked for.
 */
public final class TransportNames implements Iterable<String> {
    /** Description of the flag, without its default. */
    public static final String HELP =
            "nio, epoll, io_uring, or auto: epoll where it works, else nio.";

    /** Makes the list, as picocli does. */
    public TransportNames() {}

    @Override
    public Iterator<String> iterator() {
        return Transport.names().iterator();
    }
}
