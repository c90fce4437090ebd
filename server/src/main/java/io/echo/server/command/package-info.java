/** The server as a process: flags, environment, log, signals, ready line and exit code. */
package io.echo.server.command;
