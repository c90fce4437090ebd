package io.echo.server.command;

import io.netty.channel.epoll.Epoll;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells systemd that the server is ready, lives and stops, as a service of {@code Type=notify} does
 * (sd_notify(3)): a datagram for each to the Unix socket that {@code NOTIFY_SOCKET} names.
 *
 * <p>The JDK has no datagram Unix sockets; Netty's native library for epoll has, whatever transport
 * the echo uses. What cannot be sent is dropped, for a service must not wait for its manager; the
 * first such message is logged. Any thread.
 */
final class SystemdNotifier {
    private static final Logger LOG = LoggerFactory.getLogger(SystemdNotifier.class);

    /** Longest status, which a list of many addresses would exceed; a message has 4,096 bytes. */
    private static final int LONGEST_STATUS = 1_000;

    /** Time for the rest of a stop, beside its delay and timeout. */
    private static final Duration REST = Duration.ofSeconds(10);

    /** Shortest time of a watchdog: a round of probes a second, which takes two at most, twice. */
    private static final long SHORTEST_WATCHDOG_MICROS = TimeUnit.SECONDS.toMicros(6);

    /** The receiver as the kernel takes it: a path, or a name behind a 0. */
    private final byte[] receiver;

    /** True once a message could not be sent, which is logged once; guarded by this. */
    private boolean failed;

    /** True from ready to the stop; guarded by this. */
    private boolean serving;

    private SystemdNotifier(byte[] receiver) {
        this.receiver = receiver;
    }

    /** Returns one if the environment names a socket that can be reached from here. */
    static Optional<SystemdNotifier> of(Map<String, String> environment) {
        String name = environment.getOrDefault("NOTIFY_SOCKET", "");
        if (name.isEmpty()) {
            return Optional.empty();
        }
        byte[] receiver = name.getBytes(StandardCharsets.UTF_8);
        if (receiver[0] == '@') {
            receiver[0] = 0;
        } else if (receiver[0] != '/') {
            LOG.warn("NOTIFY_SOCKET must be a path or a name with @ in front, got {}", name);
            return Optional.empty();
        }
        try {
            Epoll.ensureAvailability();
        } catch (LinkageError e) {
            LOG.warn("cannot tell systemd, use Type=exec: no native library: {}", e.getMessage());
            return Optional.empty();
        }
        warnOfShortWatchdog(environment.getOrDefault("WATCHDOG_USEC", ""));
        return Optional.of(new SystemdNotifier(receiver));
    }

    /** Tells that every socket is bound, with a status for {@code systemctl status}. */
    synchronized void ready(String status) {
        serving = true;
        send("READY=1\nSTATUS=" + cut(status));
    }

    /** Feeds the watchdog ({@code WatchdogSec=}) while it serves; without one it is ignored. */
    synchronized void alive() {
        if (serving) {
            send("WATCHDOG=1");
        }
    }

    /**
     * Tells that the server drains, and asks for the time that this may take: {@code
     * TimeoutStopSec=} need not know of {@code --drain-timeout}.
     */
    synchronized void stopping(Duration drain) {
        serving = false;
        long micros = TimeUnit.NANOSECONDS.toMicros(drain.plus(REST).toNanos());
        send("STOPPING=1\nSTATUS=draining\nEXTEND_TIMEOUT_USEC=" + micros);
    }

    private static String cut(String status) {
        return status.length() > LONGEST_STATUS
                ? status.substring(0, LONGEST_STATUS) + " ..."
                : status;
    }

    private static void warnOfShortWatchdog(String micros) {
        if (micros.matches("\\d{1,18}") && Long.parseLong(micros) < SHORTEST_WATCHDOG_MICROS) {
            LOG.warn(
                    "WatchdogSec must be at least 6s, got {} us: it may end a live server", micros);
        }
    }

    /** Sends under the lock, so that messages leave in the order of what they tell. */
    private void send(String message) {
        byte[] text = message.getBytes(StandardCharsets.UTF_8);
        ByteBuffer bytes = ByteBuffer.allocateDirect(text.length).put(text);
        try {
            Socket socket = Socket.newSocketDomainDgram();
            try {
                int sent = socket.sendToDomainSocket(bytes, 0, text.length, receiver);
                if (sent != text.length) { // 0 when its queue is full.
                    throw new IOException("it does not read");
                }
            } finally {
                socket.close();
            }
        } catch (IOException | RuntimeException e) {
            if (!failed) {
                LOG.warn("cannot tell systemd: {}", e.getMessage());
            }
            failed = true;
        }
    }
}
