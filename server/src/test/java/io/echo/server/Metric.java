package io.echo.server;

import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads the text format of Prometheus. */
public final class Metric {
    private Metric() {}

    /** The value of a series, written as in a scrape; NaN where there is none. */
    public static double value(String scrape, String series) {
        return scrape.lines()
                .filter(line -> line.startsWith(series + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(series.length() + 1)))
                .findFirst()
                .orElse(Double.NaN);
    }

    /** The names of what the server itself tells. */
    public static Set<String> names(String scrape) {
        Set<String> names = new TreeSet<>();
        Matcher type = Pattern.compile("(?m)^# TYPE (echo_\\w+) \\w+$").matcher(scrape);
        while (type.find()) {
            names.add(type.group(1));
        }
        return names;
    }
}
