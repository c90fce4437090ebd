/** Workarounds for errors of Netty; a test tells when each is no longer needed. */
package io.echo.net.workarounds;
