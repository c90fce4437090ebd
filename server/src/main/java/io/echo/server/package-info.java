/** The server. */
package io.echo.server;
