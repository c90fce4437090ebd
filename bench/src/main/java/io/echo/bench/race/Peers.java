package io.echo.bench.race;

import io.echo.client.Values;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The servers of a race: those that this machine has, and why it has not the others.
 *
 * @param present in the order in which they run, plain C first
 * @param absent by name, with the reason
 */
record Peers(List<Peer> present, Map<String, String> absent) {
    /** The yardstick: plain C. It always runs. */
    static final String C = "c";

    static final String MMSG = "mmsg";
    static final String TRAIN = "train";

    /** In the place of a name: all, and those that must be built first, too. */
    static final String ALL = "all";

    /** Looks for those that the plan names, or for all that need not be built. */
    static Peers find(RacePlan plan, BuildDirectory builds) throws IOException {
        boolean all = plan.servers().contains(ALL);
        boolean any = all || plan.servers().isEmpty();
        Map<String, RaceServers.Entry> known = new RaceServers(plan, builds).entries();
        for (String name : plan.servers()) {
            if (!name.equals(ALL) && !known.containsKey(name)) {
                throw Values.mustBe(
                        "--servers", "all, or among " + String.join(",", known.keySet()), name);
            }
        }
        List<Peer> present = new ArrayList<>();
        Map<String, String> absent = new LinkedHashMap<>();
        for (Map.Entry<String, RaceServers.Entry> entry : known.entrySet()) {
            String name = entry.getKey();
            boolean named = all || plan.servers().contains(name);
            if (name.equals(C) || named || any) {
                try {
                    present.add(entry.getValue().peer(named));
                } catch (Absence e) {
                    absent.put(name, e.getMessage());
                }
            }
        }
        return new Peers(List.copyOf(present), absent);
    }

    /** A server that is not here, and why. */
    static final class Absence extends Exception {
        private static final long serialVersionUID = 1;

        Absence(String why) {
            super(why);
        }
    }
}
