/** The admin port: readiness, metrics, the live page; and the warnings of drops in the log. */
package io.echo.server.admin;
