package io.echo.server;

import io.echo.server.admin.Prober;
import io.echo.server.loop.CounterTotals;
import io.echo.server.metrics.Counter;

/**
 * Rounds of probes, each of which tells a watchdog if the server lives.
 *
 * <p>One echo over any protocol is enough: under a flood the probes of UDP may all be lost, and a
 * server that is restarted for that would help the flood. For the same reason it lives while it
 * answers others, whatever becomes of its probes.
 */
final class Heartbeat {
    private final Prober prober;
    private final CounterTotals metrics;
    private final Runnable watchdog;

    /** Answers of all rounds before, in datagrams and bytes. */
    private long answered;

    /** Makes rounds, of which those with a sign of life run the watchdog's action. */
    Heartbeat(Prober prober, CounterTotals metrics, Runnable watchdog) {
        this.prober = prober;
        this.metrics = metrics;
        this.watchdog = watchdog;
    }

    /** Probes each protocol once, on the calling thread, for two seconds at most. */
    void beat() {
        boolean echoed = prober.probe();
        long now = metrics.sum(Counter.UDP_ECHOED) + metrics.sum(Counter.TCP_ECHOED_BYTES);
        if (echoed || now != answered) {
            watchdog.run();
        }
        answered = now;
    }
}
