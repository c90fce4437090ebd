package io.echo.cli;

import java.util.Collection;

/** The known word that is nearest to a misspelt one. Needs no library. */
public final class NearestWord {
    private NearestWord() {}

    /** Returns the question after the known word that is nearest, or nothing when none is near. */
    public static String didYouMean(String word, Collection<String> known) {
        String closest = "";
        int least = Math.min(2, word.length() / 2) + 1;
        for (String candidate : known) {
            int distance = word.equalsIgnoreCase(candidate) ? 0 : distance(word, candidate);
            if (distance < least) {
                closest = candidate;
                least = distance;
            }
        }
        return closest.isEmpty() ? "" : "; did you mean " + closest + "?";
    }

    /** Counts the letters that are missing, added, wrong, or swapped with their neighbour. */
    private static int distance(String a, String b) {
        int[][] cost = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            for (int j = 0; j <= b.length(); j++) {
                if (i == 0 || j == 0) {
                    cost[i][j] = i + j;
                    continue;
                }
                int wrong = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
                cost[i][j] =
                        Math.min(
                                cost[i - 1][j - 1] + wrong,
                                1 + Math.min(cost[i - 1][j], cost[i][j - 1]));
                boolean swapped =
                        i > 1
                                && j > 1
                                && a.charAt(i - 1) == b.charAt(j - 2)
                                && a.charAt(i - 2) == b.charAt(j - 1);
                if (swapped) {
                    cost[i][j] = Math.min(cost[i][j], cost[i - 2][j - 2] + 1);
                }
            }
        }
        return cost[a.length()][b.length()];
    }
}
