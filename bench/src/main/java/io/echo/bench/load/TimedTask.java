package io.echo.bench.load;

/** What an event loop does beside its I/O, at times that matter to the microsecond. */
interface TimedTask {
    /** Nothing is due until further notice. */
    long NEVER = Long.MAX_VALUE;

    /**
     * Returns when {@link #tick} is due next, on the {@link System#nanoTime} clock.
     *
     * @return a past time if it is overdue; {@link #NEVER} if only I/O matters
     */
    long dueNs();

    /** How long before that time the loop stops waiting and spins. */
    long spinNs();

    /** Called after each round of I/O, due or not. */
    void tick();
}
