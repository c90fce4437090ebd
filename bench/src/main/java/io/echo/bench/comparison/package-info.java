/**
 * Two sides of results set against each other: the figures that are judged, how likely chance alone
 * made the difference, and the settings in which the sides differ.
 */
package io.echo.bench.comparison;
