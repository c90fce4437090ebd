package io.echo.client.mtu;

/** Ends a wait because the user asked for the end. */
final class StoppedException extends Exception {
    private static final long serialVersionUID = 1;

    StoppedException() {
        super("stopped", null, false, false);
    }
}
