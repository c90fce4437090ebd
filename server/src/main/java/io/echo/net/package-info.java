/** Protocols, targets and transports, as server, client and load tester name them. */
package io.echo.net;
