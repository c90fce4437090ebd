package io.echo.bench.pacing;

/** Work that an event loop does between its I/O, at exact times. */
public interface TimedTask {
    /** Stands for "nothing is due". */
    long NEVER = Long.MAX_VALUE;

    /**
     * Returns when {@link #tick} is due next, on the {@link System#nanoTime} clock.
     *
     * @return a past time if it is overdue; {@link #NEVER} if only I/O matters
     */
    long dueNs();

    /** Returns how long before that time the loop stops waiting and spins. */
    long spinNs();

    /** Called when I/O is ready, before it is done. */
    void ready();

    /**
     * Called after each round of I/O, due or not.
     *
     * @return whether it sent something that was due
     */
    boolean tick();
}
