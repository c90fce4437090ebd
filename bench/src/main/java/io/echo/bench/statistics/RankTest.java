package io.echo.bench.statistics;

/**
 * The result of a rank test, two-sided.
 *
 * @param p the probability of ranks at least as lopsided if the sides were alike
 * @param direction 1 when the second side is higher, -1 when it is lower, 0 when neither
 * @param exact whether p was counted, and not approximated
 */
public record RankTest(double p, int direction, boolean exact) {}
