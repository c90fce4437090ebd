/** The client. */
package io.echo.client;
