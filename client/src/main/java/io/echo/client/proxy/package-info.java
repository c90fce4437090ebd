/** The PROXY header that a client sends, as a balancer would. */
package io.echo.client.proxy;
