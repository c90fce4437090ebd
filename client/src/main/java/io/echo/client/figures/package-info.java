/** Numbers as people read them, and their units. */
package io.echo.client.figures;
