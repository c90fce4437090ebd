/**
 * The edge of all three programs: values of flags, help, completion, signals and the terminal. It
 * uses no other package of ours.
 */
package io.echo.cli;
