package io.echo.client;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.echo.net.Transport;
import java.time.Duration;

/** Settings that tests on every transport share. */
public final class Transports {
    private Transports() {}

    /** Options of a patient client; on Linux every transport must work, elsewhere NIO must. */
    public static EchoClient.Options options(Transport transport) {
        boolean linux = System.getProperty("os.name").equals("Linux");
        assumeTrue(
                linux || transport.unavailabilityCause().isEmpty(),
                () -> "not on this system: " + transport);
        return EchoClient.Options.DEFAULT
                .withTransport(transport)
                .withTimeout(Duration.ofSeconds(10));
    }
}
