package io.echo.client.check;

import io.echo.client.check.UdpPort.Answer;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Collectors;

/**
 * The outcomes of all ports as one result.
 *
 * <p>The state is the best one: echoing if one port echoes, else different, else the error that
 * most ports got, else silent. Ports of another state are named.
 *
 * @param all in the order of the ports
 */
record UdpAnswers(List<Answer> all) {
    static UdpAnswers of(List<Answer> answers) {
        return new UdpAnswers(
                answers.stream().sorted(Comparator.comparingInt(Answer::port)).toList());
    }

    PathResult result(CheckPlan plan, InetSocketAddress address) {
        PathState state = state();
        List<Answer> same = of(state);
        Answer quickest =
                same.stream()
                        .min(Comparator.comparingLong(one -> one.timeNs().orElse(Long.MAX_VALUE)))
                        .orElseThrow();
        List<String> said = new ArrayList<>();
        said.add(state == PathState.SILENT ? silence(plan) : quickest.reason());
        int lost = same.stream().mapToInt(Answer::lost).sum();
        if (lost > 0) {
            said.add(lost + (lost == 1 ? " datagram was lost" : " datagrams were lost"));
        }
        for (PathState other : PathState.values()) {
            if (other != state && !of(other).isEmpty()) {
                said.add(others(other, state));
            }
        }
        if (state == PathState.ECHOING && !of(PathState.SILENT).isEmpty()) {
            said.add("their flows are dead: echo-bench load --source-ports finds how many are");
        }
        said.removeIf(String::isEmpty);
        return new PathResult(
                plan.path(),
                state,
                Optional.of(address),
                quickest.timeNs(),
                OptionalLong.empty(),
                String.join("; ", said),
                Optional.of(ports()));
    }

    private PathState state() {
        for (PathState heard : List.of(PathState.ECHOING, PathState.DIFFERENT)) {
            if (!of(heard).isEmpty()) {
                return heard;
            }
        }
        return all.stream()
                .map(Answer::state)
                .filter(state -> state != PathState.SILENT)
                .max(Comparator.comparingInt(state -> of(state).size()))
                .orElse(PathState.SILENT);
    }

    private List<Answer> of(PathState state) {
        return all.stream().filter(one -> one.is(state)).toList();
    }

    private String others(PathState other, PathState than) {
        List<Answer> some = of(other);
        String text = some.size() + " of " + all.size() + " ports " + other.words();
        boolean echoes = than == PathState.ECHOING || than == PathState.DIFFERENT;
        if (other == PathState.SILENT && !echoes) {
            return text + ", for errors of ICMP are limited in number";
        }
        return text
                + ": "
                + some.stream()
                        .map(one -> String.valueOf(one.port()))
                        .collect(Collectors.joining(", "));
    }

    private String silence(CheckPlan plan) {
        return "nothing came back to "
                + all.stream().mapToInt(Answer::sent).sum()
                + " datagrams from "
                + all.size()
                + " ports within "
                + plan.timeoutText()
                + FailureWords.silence(plan)
                + (plan.transport().isNative() ? "" : "; over nio most ICMP errors look the same");
    }

    private PortAnswers ports() {
        List<Answer> echoing = of(PathState.ECHOING);
        return new PortAnswers(
                all.size(),
                of(PathState.SILENT).stream().map(Answer::port).toList(),
                all.stream()
                        .filter(one -> !one.is(PathState.SILENT) && !one.is(PathState.ECHOING))
                        .map(Answer::port)
                        .toList(),
                echoing.stream()
                        .mapToLong(one -> one.timeNs().orElse(0))
                        .boxed()
                        .max(Comparator.naturalOrder())
                        .map(OptionalLong::of)
                        .orElse(OptionalLong.empty()));
    }
}
