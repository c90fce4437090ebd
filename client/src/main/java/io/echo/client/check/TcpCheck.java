package io.echo.client.check;

import io.netty.channel.Channel;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;

/**
 * Asks the addresses of a host over TCP, in their order, until one accepts a connection.
 *
 * <p>Each address has an equal share of the time that is left to connect. All of it runs on the
 * event loop.
 */
final class TcpCheck {
    private final CheckPlan plan;
    private final List<InetSocketAddress> addresses;
    private final CompletableFuture<PathResult> result = new CompletableFuture<>();

    /** Addresses that accepted nothing, each with its state. */
    private final List<String> tried = new ArrayList<>();

    private TcpCheck(CheckPlan plan, List<InetSocketAddress> addresses) {
        this.plan = plan;
        this.addresses = addresses;
    }

    /** Starts a check, whose result comes by the deadline. */
    static CompletableFuture<PathResult> start(CheckPlan plan, List<InetSocketAddress> addresses) {
        TcpCheck check = new TcpCheck(plan, addresses);
        check.connect(0);
        return check.result;
    }

    private void connect(int index) {
        InetSocketAddress address = addresses.get(index);
        Optional<LocalRoute.Obstacle> obstacle = LocalRoute.obstacle(plan.path(), address);
        if (obstacle.isPresent()) {
            refused(index, obstacle.get().state(), OptionalLong.empty(), obstacle.get().reason());
            return;
        }
        new TcpConnect(
                        plan,
                        address,
                        plan.leftNs() / (addresses.size() - index),
                        new TcpConnect.Outcome() {
                            @Override
                            public void connected(Channel channel, long connectNs, String note) {
                                exchange(address, channel, connectNs, note);
                            }

                            @Override
                            public void failed(
                                    PathState state, OptionalLong timeNs, String reason) {
                                refused(index, state, timeNs, reason);
                            }
                        })
                .start();
    }

    private void refused(int index, PathState state, OptionalLong timeNs, String reason) {
        InetSocketAddress address = addresses.get(index);
        if (index + 1 < addresses.size()) {
            tried.add(PathResult.text(address.getAddress()) + " (" + state.words() + ")");
            connect(index + 1);
            return;
        }
        complete(
                new PathResult(
                        plan.path(),
                        state,
                        Optional.of(address),
                        timeNs,
                        OptionalLong.empty(),
                        reason,
                        Optional.empty()));
    }

    private void exchange(InetSocketAddress address, Channel channel, long connectNs, String note) {
        new TcpExchange(plan, channel)
                .start()
                .thenAccept(
                        answer ->
                                complete(
                                        new PathResult(
                                                        plan.path(),
                                                        answer.state(),
                                                        Optional.of(address),
                                                        answer.timeNs(),
                                                        OptionalLong.of(connectNs),
                                                        answer.reason(),
                                                        Optional.empty())
                                                .withNote(note)));
    }

    private void complete(PathResult last) {
        result.complete(
                last.withNote(tried.isEmpty() ? "" : "tried before: " + String.join(", ", tried)));
    }
}
