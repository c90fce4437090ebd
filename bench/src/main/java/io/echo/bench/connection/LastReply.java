package io.echo.bench.connection;

/**
 * The last reply of a count of probes, which would wait for ever for a service that has gone.
 *
 * @param atNs when it had come
 * @param received replies by then
 * @param downNs time without connections by then
 */
public record LastReply(long atNs, long received, long downNs) {
    /** The longest wait of a count of probes for a service that ends connections unanswered. */
    private static final long GIVE_UP_NS = 10_000_000_000L;

    /** Returns the state of now: the same while connections are down and no reply comes. */
    public LastReply next(long nowReceived, long nowDownNs) {
        long nowNs = System.nanoTime();
        boolean fine = nowReceived > received || nowDownNs == downNs;
        return fine ? new LastReply(nowNs, nowReceived, nowDownNs) : this;
    }

    /** Returns whether waiting for another is in vain. */
    public boolean isLongAgo() {
        return System.nanoTime() - atNs > GIVE_UP_NS;
    }
}
