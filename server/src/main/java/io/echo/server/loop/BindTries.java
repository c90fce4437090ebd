package io.echo.server.loop;

/** Binds sockets that belong together, all of them or none. */
public final class BindTries {
    /** Attempts to find a port that is free on every address, when it may be any. */
    private static final int TRIES = 64;

    /** Binds several sockets, one after the other. */
    public interface Attempt {
        /**
         * Binds every socket.
         *
         * @throws BindFailure for the first that cannot be bound; others may be bound by then
         */
        void bind() throws BindFailure;
    }

    private BindTries() {}

    /**
     * Binds every socket, or none. Tries again with another port where one was free on some
     * addresses alone.
     *
     * @param anyPort whether a port may be any free one, so that another try may find another
     * @param undo closes and forgets what an attempt has bound
     */
    public static void run(boolean anyPort, Attempt attempt, Runnable undo) throws BindFailure {
        for (int tries = TRIES; ; tries--) {
            try {
                attempt.bind();
                return;
            } catch (BindFailure e) {
                undo.run();
                if (!anyPort || e.reason() != BindFailure.Reason.PORT_IN_USE || tries == 1) {
                    throw e;
                }
            }
        }
    }
}
