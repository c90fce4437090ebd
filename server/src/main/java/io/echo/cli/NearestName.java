package io.echo.cli;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/** Guesses the name that somebody meant who mistyped one: {@code pin} is {@code ping}. */
public final class NearestName {
    /** Edits at most: a letter too many, too few or wrong, or two neighbours that changed place. */
    private static final int MAX_EDITS = 2;

    private NearestName() {}

    /** Returns the name that the typed word is nearest to, if it keeps more than half of it. */
    public static Optional<String> of(String typed, Collection<String> names) {
        return names.stream()
                .filter(name -> edits(typed, name) <= Math.min(MAX_EDITS, (name.length() - 1) / 2))
                .min(Comparator.comparingInt(name -> edits(typed, name)));
    }

    /** Counts the edits from one word to the other, after Damerau and Levenshtein. */
    private static int edits(String from, String to) {
        int[][] edits = new int[from.length() + 1][to.length() + 1];
        for (int i = 0; i <= from.length(); i++) {
            for (int j = 0; j <= to.length(); j++) {
                if (i == 0 || j == 0) {
                    edits[i][j] = i + j;
                    continue;
                }
                int wrong = from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1;
                edits[i][j] =
                        Math.min(
                                edits[i - 1][j - 1] + wrong,
                                1 + Math.min(edits[i - 1][j], edits[i][j - 1]));
                if (i > 1
                        && j > 1
                        && from.charAt(i - 1) == to.charAt(j - 2)
                        && from.charAt(i - 2) == to.charAt(j - 1)) {
                    edits[i][j] = Math.min(edits[i][j], edits[i - 2][j - 2] + 1);
                }
            }
        }
        return edits[from.length()][to.length()];
    }
}
