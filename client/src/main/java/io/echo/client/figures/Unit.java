package io.echo.client.figures;

/** The unit of a figure. */
public enum Unit {
    /** Microseconds. */
    US("us"),
    PER_SECOND("/s"),
    PERCENT("%"),
    /** A plain number of things. */
    COUNT("");

    private final String symbol;

    Unit(String symbol) {
        this.symbol = symbol;
    }

    /** Returns the unit as it stands behind a number. */
    public String symbol() {
        return symbol;
    }
}
