package io.echo.client.flow;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** The flows of a run that a result lists: all bad ones, and of many others an even sample. */
final class FlowSample {
    private FlowSample() {}

    /**
     * Returns the indexes of the flows that are listed: the bad ones, the worst first, then the
     * others by their addresses.
     */
    static List<Integer> of(List<FlowResult> all) {
        List<Integer> bad =
                IntStream.range(0, all.size())
                        .filter(i -> all.get(i).fault().isPresent())
                        .boxed()
                        .sorted(
                                Comparator.comparing((Integer i) -> all.get(i).fault().get())
                                        .thenComparing(i -> -all.get(i).loss())
                                        .thenComparing(i -> all.get(i).local(), FlowSample::byPort))
                        .toList();
        List<Integer> others =
                IntStream.range(0, all.size())
                        .filter(i -> all.get(i).fault().isEmpty())
                        .boxed()
                        .sorted(Comparator.comparing(i -> all.get(i).local(), FlowSample::byPort))
                        .toList();
        List<Integer> listed = new ArrayList<>(bad);
        int room = Math.max(0, Paths.LISTED - bad.size());
        int step = room == 0 ? 0 : (others.size() + room - 1) / room;
        for (int i = 0; room > 0 && i < others.size(); i += step) {
            listed.add(others.get(i));
        }
        return listed;
    }

    /** Compares addresses with ports: of the same length in the same order as numbers. */
    private static int byPort(String a, String b) {
        return a.length() == b.length() ? a.compareTo(b) : Integer.compare(a.length(), b.length());
    }
}
