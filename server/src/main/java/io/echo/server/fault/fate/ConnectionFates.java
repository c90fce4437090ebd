package io.echo.server.fault.fate;

import io.echo.server.config.FaultProfile;
import java.util.OptionalLong;
import java.util.SplittableRandom;

/**
 * Draws the fate of each connection when it is accepted. Connection n has the same fate for the
 * same seed, whatever its bytes are. Confined to one thread.
 */
public final class ConnectionFates {
    /** Bytes sent back before a connection finishes sending, at most. */
    public static final int LATEST_HALF_CLOSE = 64 << 10;

    private final FaultProfile.Connections profile;
    private final FaultProfile.Datagrams ofBoth;
    private final SplittableRandom random;

    /** Starts with the first connection. */
    public ConnectionFates(FaultProfile profile) {
        this.profile = profile.connections();
        this.ofBoth = profile.datagrams();
        this.random = new SplittableRandom(profile.seed());
    }

    /** Draws the fate of the next connection. */
    public ConnectionFate next() {
        SplittableRandom own = random.split();
        double phase = own.nextDouble();
        long finish = own.nextLong(1, LATEST_HALF_CLOSE + 1L);
        return new ConnectionFate(
                profile.stall()
                        .map(
                                stall ->
                                        new ConnectionFate.Stalls(
                                                (long) (phase * stall.every().toNanos()),
                                                stall.time().toNanos(),
                                                stall.every().toNanos())),
                profile.resetAfter(),
                profile.halfClose() ? OptionalLong.of(finish) : OptionalLong.empty(),
                profile.slowRead(),
                profile.split().map(split -> new ConnectionFate.Pieces(own.split(), split)),
                ofBoth.delay().map(delay -> new Delays(delay, own.split())),
                ofBoth.rate());
    }
}
