package io.echo.client.check;

import io.echo.cli.FlagValues;
import io.echo.client.socket.SocketFailure;
import io.echo.net.Transport;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.unix.IntegerUnixChannelOption;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

/**
 * The values that a check of one path needs.
 *
 * @param loop on which all of it runs
 * @param channels every channel of the check, for its end
 * @param deadlineNs of {@link System#nanoTime}; by then there is a result
 * @param udpPorts local ports from which UDP asks
 * @param timeout for the words alone, since looking the name up has taken a part of it
 */
record CheckPlan(
        ServicePath path,
        Transport transport,
        EventLoop loop,
        ChannelGroup channels,
        long deadlineNs,
        int udpPorts,
        Duration timeout) {

    // linux/in.h and linux/in6.h
    private static final int IPPROTO_IP = 0;
    private static final int IP_RECVERR = 11;
    private static final int IPPROTO_IPV6 = 41;
    private static final int IPV6_RECVERR = 25;

    /**
     * Returns the option by which Linux reports every error of ICMP, and at once; empty on NIO,
     * which has none. Without it UDP hears of few: most are passing ones to the kernel.
     */
    Optional<ChannelOption<Integer>> icmpErrors() {
        if (!transport.isNative()) {
            return Optional.empty();
        }
        return Optional.of(
                path.ipv4()
                        ? new IntegerUnixChannelOption("IP_RECVERR", IPPROTO_IP, IP_RECVERR)
                        : new IntegerUnixChannelOption("IPV6_RECVERR", IPPROTO_IPV6, IPV6_RECVERR));
    }

    /** Returns what is left of the timeout, at least 0. */
    long leftNs() {
        return Math.max(0, deadlineNs - System.nanoTime());
    }

    String timeoutText() {
        return FlagValues.show(timeout);
    }

    /**
     * Makes a message that no other has, so that only an answer to it is taken for one.
     *
     * <p>A line of text: a capture shows who sends it, and an echo that works by lines answers.
     */
    byte[] message(int number) {
        String text =
                "echo-check %s %d %016x\n"
                        .formatted(path, number, ThreadLocalRandom.current().nextLong());
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /** Returns the state that an error stands for, before anything came back. */
    static PathState state(Throwable thrown) {
        return switch (SocketFailure.of(thrown)) {
            case TIMEOUT -> PathState.SILENT;
            case REFUSED -> PathState.REFUSED;
            case RESET -> PathState.RESET;
            case UNREACHABLE,
                    NETWORK_UNREACHABLE,
                    HOST_UNREACHABLE,
                    PROTOCOL_UNREACHABLE,
                    PROHIBITED,
                    FILTERED_HERE ->
                    PathState.UNREACHABLE;
            case NO_SOURCE, INVALID, WRONG_FAMILY, OTHER -> PathState.FAILED;
        };
    }
}
