/** The bench. */
package io.echo.bench;
