package io.echo.client.check;

import io.echo.client.socket.SocketFailure;
import io.echo.net.Transport;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.ConnectTimeoutException;
import io.netty.channel.unix.Errors;
import io.netty.channel.unix.IntegerUnixChannelOption;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Connects to one address.
 *
 * <p>Three connections are started, spread over the time, each when none before it has got an
 * answer: the kernel repeats a lost SYN only after a second. The first answer counts and the others
 * are closed. All of it runs on the event loop.
 */
final class TcpConnect {
    /** Takes the outcome, once, on the event loop. */
    interface Outcome {
        /** The channel does not read yet. */
        void connected(Channel channel, long connectNs, String note);

        void failed(PathState state, OptionalLong timeNs, String reason);
    }

    private static final int SYNS = 3;

    /** Time of the first look at errors that the kernel has noted. */
    private static final long LOOK_NS = 10_000_000;

    // asm-generic/socket.h
    private static final IntegerUnixChannelOption SO_ERROR =
            new IntegerUnixChannelOption("SO_ERROR", 1, 4);

    private final CheckPlan plan;
    private final InetSocketAddress address;
    private final long timeoutNs;
    private final Outcome outcome;
    private final List<Channel> channels = new ArrayList<>();
    private final long startNs = System.nanoTime();

    private boolean over;

    /**
     * Makes an attempt.
     *
     * @param timeoutNs from now on; after it the state is "silent"
     */
    TcpConnect(CheckPlan plan, InetSocketAddress address, long timeoutNs, Outcome outcome) {
        this.plan = plan;
        this.address = address;
        this.timeoutNs = timeoutNs;
        this.outcome = outcome;
    }

    void start() {
        connect();
        for (int i = 1; i < SYNS; i++) {
            plan.loop().schedule(this::repeat, timeoutNs * i / SYNS, TimeUnit.NANOSECONDS);
        }
        plan.loop().schedule(this::look, Math.min(timeoutNs, LOOK_NS), TimeUnit.NANOSECONDS);
        plan.loop().schedule(this::timedOut, timeoutNs, TimeUnit.NANOSECONDS);
    }

    private void connect() {
        int before = channels.size();
        long synNs = System.nanoTime();
        ChannelFuture attempt =
                new Bootstrap()
                        .group(plan.loop())
                        .channelFactory(
                                plan.transport()
                                        .streamChannels(Transport.family(address.getAddress())))
                        .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, 0)
                        .option(ChannelOption.AUTO_READ, false)
                        .handler(new ChannelInboundHandlerAdapter())
                        .connect(address);
        channels.add(attempt.channel());
        plan.channels().add(attempt.channel());
        attempt.addListener(
                done -> {
                    long ns = System.nanoTime();
                    if (over) {
                        attempt.channel().close();
                    } else if (done.isSuccess()) {
                        connected(attempt.channel(), ns - synNs, before);
                    } else {
                        failed(done.cause(), ns - synNs);
                    }
                });
    }

    private void connected(Channel channel, long ns, int before) {
        // io_uring takes an error for success that the kernel noted while the SYN was being sent.
        Optional<IOException> noted = noted(channel);
        if (noted.isPresent()) {
            failed(noted.get(), ns);
            return;
        }
        if (System.nanoTime() - startNs >= timeoutNs) {
            timedOut(); // the loop saw to it later than to the connection
            return;
        }
        over = true;
        channels.stream().filter(other -> other != channel).forEach(Channel::close);
        outcome.connected(
                channel, ns, before == 0 ? "" : "a SYN before it got no answer (" + before + ")");
    }

    private void look() {
        if (!over) {
            reportNoted();
        }
    }

    private void repeat() {
        if (!over && !reportNoted()) {
            connect();
        }
    }

    private void timedOut() {
        if (!over && !reportNoted()) {
            end();
            Throwable timeout = new ConnectTimeoutException();
            outcome.failed(PathState.SILENT, OptionalLong.empty(), FailureWords.of(plan, timeout));
        }
    }

    /** Reports an error that the kernel has noted for a later time, if there is one. */
    private boolean reportNoted() {
        for (Channel channel : channels) {
            Optional<IOException> noted = noted(channel);
            if (noted.isPresent()) {
                failed(noted.get(), System.nanoTime() - startNs);
                return true;
            }
        }
        return false;
    }

    /**
     * Returns the error that the kernel keeps to itself while a connection may still come: of ICMP
     * that arrived while it was sending, as on a virtual link of the same machine.
     */
    private Optional<IOException> noted(Channel channel) {
        if (!plan.transport().isNative() || !channel.isOpen()) {
            return Optional.empty();
        }
        try {
            Integer errno = channel.config().getOption(SO_ERROR);
            return errno == null || errno == 0
                    ? Optional.empty()
                    : Optional.of(Errors.newIOException("connect", -errno));
        } catch (ChannelException e) {
            return Optional.empty(); // closed meanwhile
        }
    }

    private void failed(Throwable cause, long ns) {
        end();
        if (SocketFailure.of(cause) != SocketFailure.UNREACHABLE) {
            report(cause, ns);
            return;
        }
        askAgain()
                .thenAcceptAsync(
                        again -> report(again.isPresent() ? again.get() : cause, ns), plan.loop());
    }

    private void report(Throwable cause, long ns) {
        outcome.failed(CheckPlan.state(cause), OptionalLong.of(ns), FailureWords.of(plan, cause));
    }

    /**
     * Connects once more by the JDK, which keeps apart what Netty does not.
     *
     * @return the error when it is one of the two, in what is left of the time
     */
    private CompletableFuture<Optional<IOException>> askAgain() {
        CompletableFuture<Optional<IOException>> answer = new CompletableFuture<>();
        long leftMs = (timeoutNs - (System.nanoTime() - startNs)) / 1_000_000;
        if (leftMs < 1) {
            answer.complete(Optional.empty());
            return answer;
        }
        plan.loop()
                .schedule(() -> answer.complete(Optional.empty()), leftMs, TimeUnit.MILLISECONDS);
        Thread thread =
                new Thread(
                        () -> {
                            try (Socket socket = new Socket()) {
                                socket.connect(address, (int) leftMs);
                                answer.complete(Optional.empty());
                            } catch (IOException e) {
                                boolean told =
                                        switch (SocketFailure.of(e)) {
                                            case HOST_UNREACHABLE, NETWORK_UNREACHABLE -> true;
                                            default -> false;
                                        };
                                answer.complete(told ? Optional.of(e) : Optional.empty());
                            }
                        },
                        "echo-check-again");
        thread.setDaemon(true);
        thread.start();
        return answer;
    }

    private void end() {
        over = true;
        channels.forEach(Channel::close);
    }
}
