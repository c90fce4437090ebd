package io.echo.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Queries of Prometheus, beside what a server with every port tells. */
final class Queries {
    static final Pattern METRIC =
            Pattern.compile("\\b((?:echo|jvm|process|system|netty)_\\w+)(?:\\{([^}]*)})?");

    private static final Pattern SERIES = Pattern.compile("(?m)^(\\w+)(?:\\{(.*)})? \\S+$");
    private static final Pattern LABEL = Pattern.compile("(\\w+)=\"([^\"]*)\"");
    private static final Pattern MATCHER = Pattern.compile("(\\w+)=~?\"([^\"]*)\"");
    private static final Pattern GROUPING = Pattern.compile("\\bby \\(([^)]*)\\)");

    /** Labels that Prometheus adds. */
    private static final Set<String> ADDED = Set.of("instance", "job");

    /** Values of each label of each metric. */
    private final Map<String, Map<String, Set<String>>> metrics = new HashMap<>();

    /** Scrapes a server that has echoed. */
    Queries(Path folder) throws IOException {
        try (EchoServer server = EchoServer.start(TestServers.withEveryPart(folder));
                DatagramSocket peer = new DatagramSocket(0, TestServers.loopback())) {
            peer.setSoTimeout(20_000);
            peer.send(new DatagramPacket(new byte[1], 1, TestServers.udp(server)));
            peer.receive(new DatagramPacket(new byte[1], 1));
            Matcher series = SERIES.matcher(Http.get(server, "/metrics").body());
            while (series.find()) {
                Map<String, Set<String>> labels =
                        metrics.computeIfAbsent(series.group(1), name -> new HashMap<>());
                if (series.group(2) != null) {
                    LABEL.matcher(series.group(2))
                            .results()
                            .forEach(
                                    label ->
                                            labels.computeIfAbsent(
                                                            label.group(1), name -> new HashSet<>())
                                                    .add(label.group(2)));
                }
            }
        }
    }

    /**
     * Asserts that the server has what a query asks for: metrics, labels, and values of labels.
     *
     * @return the labels of its result
     */
    Set<String> labelsOf(String query) {
        Set<String> labels = new TreeSet<>(ADDED);
        List<MatchResult> asked = METRIC.matcher(query).results().toList();
        for (MatchResult one : asked) {
            assertThat(metrics).as(query).containsKey(one.group(1));
            Map<String, Set<String>> known = metrics.get(one.group(1));
            labels.addAll(known.keySet());
            for (MatchResult matcher :
                    MATCHER.matcher(one.group(2) == null ? "" : one.group(2)).results().toList()) {
                if (!ADDED.contains(matcher.group(1))) {
                    assertThat(known).as(query).containsKey(matcher.group(1));
                    assertThat(known.get(matcher.group(1)))
                            .as(query)
                            .contains(matcher.group(2).split("\\|"));
                }
            }
        }
        Set<String> grouped =
                GROUPING.matcher(query)
                        .results()
                        .flatMap(by -> List.of(by.group(1).split(", ")).stream())
                        .collect(Collectors.toSet());
        assertThat(labels).as(query).containsAll(grouped);
        return grouped.isEmpty() ? labels : grouped;
    }
}
