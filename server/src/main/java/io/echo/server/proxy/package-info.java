/**
 * Clients behind balancers, which name them in a PROXY header ({@code --proxy-from}).
 *
 * <p>{@link io.echo.server.proxy.ProxyHeader} reads the one at the front of a datagram; {@link
 * io.echo.server.proxy.ProxyPipeline} has a balancer's connection wait for its header, and then
 * builds the pipeline that it would have had without. The format is the <a
 * href="https://www.haproxy.org/download/2.9/doc/proxy-protocol.txt">PROXY protocol</a>, versions 1
 * and 2.
 */
package io.echo.server.proxy;
