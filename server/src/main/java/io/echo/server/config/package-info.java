/** The configuration of a server, its defaults, and the addresses that it listens on. */
package io.echo.server.config;
