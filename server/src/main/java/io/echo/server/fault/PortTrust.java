package io.echo.server.fault;

import io.echo.server.config.Addresses;
import java.net.InetSocketAddress;
import java.util.function.IntSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Admits sources that are trusted, or everybody, and logs the first that is not. On the loop. */
final class PortTrust {
    private static final Logger LOG = LoggerFactory.getLogger(PortTrust.class);

    private final boolean forAnybody;
    private final IntSupplier port;

    /** Set once the first was logged. */
    private boolean told;

    PortTrust(boolean forAnybody, IntSupplier port) {
        this.forAnybody = forAnybody;
        this.port = port;
    }

    boolean admits(boolean trusted, InetSocketAddress from) {
        if (trusted || forAnybody) {
            return true;
        }
        if (!told) {
            told = true;
            LOG.warn(
                    "fault port {} does not answer {}, which is not trusted: --trusted names who"
                            + " is, --fault-public answers everybody",
                    port.getAsInt(),
                    Addresses.text(from.getAddress()));
        }
        return false;
    }
}
