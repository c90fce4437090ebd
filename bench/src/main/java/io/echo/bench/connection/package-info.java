/**
 * The connections of a load over time: opened again when a peer ends them, replaced by age, and
 * what both cost ({@link io.echo.bench.connection.ConnectionTime}).
 */
package io.echo.bench.connection;
