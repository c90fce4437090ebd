package io.echo.client.check;

import io.echo.client.check.UdpPort.Answer;
import io.echo.client.socket.SourcePorts;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Asks one address over UDP from several local ports, for each may take another way.
 *
 * <p>The kernel picks the first port, the others follow it where they are free: routers that spread
 * flows by the lowest bits of a port then meet each of their ways. One port after the other begins,
 * 10 ms apart. It ends when each port has its outcome; where half of them got errors and none an
 * answer, 300 ms later, since hosts limit the number of their ICMP errors, so that some never come.
 *
 * <p>All of it runs on the event loop.
 */
final class UdpCheck {
    /** Ports of a check. */
    static final int PORTS = 8;

    private static final long GAP_NS = TimeUnit.MILLISECONDS.toNanos(10);
    private static final long GRACE_NS = TimeUnit.MILLISECONDS.toNanos(300);

    private final CheckPlan plan;
    private final InetSocketAddress address;
    private final CompletableFuture<PathResult> result = new CompletableFuture<>();
    private final List<UdpPort> ports = new ArrayList<>();
    private final List<Answer> answers = new ArrayList<>();
    private int pending;
    private boolean ending;

    private UdpCheck(CheckPlan plan, InetSocketAddress address) {
        this.plan = plan;
        this.address = address;
        this.pending = plan.udpPorts();
    }

    /** Starts a check, whose result comes by the deadline. */
    static CompletableFuture<PathResult> start(CheckPlan plan, InetSocketAddress address) {
        UdpCheck check = new UdpCheck(plan, address);
        Optional<LocalRoute.Obstacle> obstacle = LocalRoute.obstacle(plan.path(), address);
        if (obstacle.isPresent()) {
            check.result.complete(check.failed(obstacle.get().state(), obstacle.get().reason()));
        } else {
            check.open();
        }
        return check.result;
    }

    private void open() {
        open(0).whenComplete(
                        (first, failure) -> {
                            if (failure != null) {
                                result.complete(
                                        failed(
                                                CheckPlan.state(failure),
                                                FailureWords.of(plan, failure)));
                                return;
                            }
                            long gap = Math.min(GAP_NS, plan.leftNs() / plan.udpPorts() / 2);
                            ask(first, 0);
                            for (int i = 1; i < plan.udpPorts(); i++) {
                                openNext(SourcePorts.after(first.port(), i), i * gap);
                            }
                        });
    }

    private CompletableFuture<UdpPort> open(int port) {
        InetSocketAddress local =
                port == 0
                        ? new InetSocketAddress(0)
                        : new SourcePorts(port, 1).local(0, List.of(), plan.path().ipv4());
        return UdpPort.open(plan, local, address, this::anyEchoes);
    }

    /** Opens one more port: this one, or where it is taken one that the kernel picks. */
    private void openNext(int port, long delayNs) {
        CompletableFuture<UdpPort> wanted = open(port);
        wanted.exceptionallyCompose(taken -> open(0))
                .whenComplete(
                        (next, failure) -> {
                            if (failure == null) {
                                ask(next, delayNs);
                            } else {
                                // No descriptor left or the like: fewer ports are asked.
                                ended();
                            }
                        });
    }

    private void ask(UdpPort port, long delayNs) {
        ports.add(port);
        port.ask(delayNs)
                .thenAccept(
                        answer -> {
                            answers.add(answer);
                            ended();
                        });
    }

    private boolean anyEchoes() {
        return answers.stream().anyMatch(answer -> answer.is(PathState.ECHOING));
    }

    private void ended() {
        pending--;
        if (pending == 0) {
            result.complete(UdpAnswers.of(answers).result(plan, address));
            return;
        }
        long errors = answers.stream().filter(UdpCheck::isError).count();
        if (!ending && 2 * errors >= plan.udpPorts()) {
            ending = true;
            plan.loop().schedule(this::endUnheard, GRACE_NS, TimeUnit.NANOSECONDS);
        }
    }

    private void endUnheard() {
        if (answers.stream().allMatch(UdpCheck::isError)) {
            List.copyOf(ports).forEach(UdpPort::finish);
        }
    }

    private static boolean isError(Answer answer) {
        return switch (answer.state()) {
            case ECHOING, DIFFERENT, SILENT -> false;
            default -> true;
        };
    }

    private PathResult failed(PathState state, String reason) {
        return new PathResult(
                plan.path(),
                state,
                Optional.of(address),
                OptionalLong.empty(),
                OptionalLong.empty(),
                reason,
                Optional.empty());
    }
}
