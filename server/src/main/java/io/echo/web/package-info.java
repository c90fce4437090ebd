/** Pages with everything inside, and what they all look like: theme, chart library. */
package io.echo.web;
