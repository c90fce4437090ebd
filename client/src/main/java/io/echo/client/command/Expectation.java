package io.echo.client.command;

import io.echo.cli.FlagValues;
import io.echo.client.check.ServicePath;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** Reads {@code --expect}: which paths must echo. */
final class Expectation {
    static final List<String> MEMBERS = List.of("udp", "tcp", "udp4", "tcp4", "udp6", "tcp6");

    private Expectation() {}

    /**
     * Reads a list separated by commas; {@code udp} is {@code udp4,udp6}.
     *
     * @throws IllegalArgumentException for an empty list or another member
     */
    static Set<ServicePath> parse(String list) {
        Set<ServicePath> paths = EnumSet.noneOf(ServicePath.class);
        for (String part : list.split(",", -1)) {
            String member = part.strip();
            if (!MEMBERS.contains(member)) {
                throw FlagValues.mustBe(
                        "--expect",
                        "a list of " + String.join(", ", MEMBERS),
                        member.isEmpty() ? '"' + list + '"' : member);
            }
            for (ServicePath path : ServicePath.values()) {
                if (path.toString().startsWith(member)) {
                    paths.add(path);
                }
            }
        }
        return paths;
    }
}
