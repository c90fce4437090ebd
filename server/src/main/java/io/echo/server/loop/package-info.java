/**
 * The ground that both protocols stand on: event loops, their memory, and binding.
 *
 * <p>In reading order: {@link io.echo.server.loop.Loops} starts the event loops; {@code Loop} is
 * one with what belongs to it; {@code ReceiveBuffers} are its buffers, and {@code IntQueue} its
 * guards' queue of lengths; {@code CounterTotals} sums the counters of all loops; {@code Budget}
 * works out how many connections and how much memory that makes. {@code BindPlan} finds the
 * addresses to bind, {@code ListenerOptions} the socket options of listeners, {@code BindFailure}
 * the reason why one could not be bound; {@code AcceptBackoff} pauses a listener that cannot
 * accept.
 *
 * <p>Nothing here knows a guard or a protocol's rules. What belongs to a {@code Loop} is written on
 * that loop alone; its counters and its set of connections may be read by any thread. A receive
 * slot has one reference, which passes from handler to handler; released on its loop it goes back
 * on the stack, on any other thread it frees its memory.
 */
package io.echo.server.loop;
