/**
 * JMH benchmarks, run by {@code echo-bench jmh}. Each class measures one thing.
 *
 * <pre>
 *   real server, over loopback   RoundTrip (one in flight), Window (several): both use BenchPeer
 *   one part of the server       EchoHandlerCost, UdpGuardCost, TcpGuardCost: all use Batches
 *                                OneDatagram (admission), CountingBenchmark (counters)
 *   the load tester itself       OneProbe
 * </pre>
 */
package io.echo.bench.jmh;
