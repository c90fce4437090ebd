/** TLS on a client's connections: the handshake, what is trusted, and its failures in words. */
package io.echo.client.tls;
