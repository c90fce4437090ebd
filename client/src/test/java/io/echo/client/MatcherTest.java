package io.echo.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class MatcherTest {
    /** Findings of a matcher in order: {@code message=reply}, or {@code ?bytes} when foreign. */
    private static final class Found implements ReplyMatcher.Findings {
        final List<String> all = new ArrayList<>();

        @Override
        public void answered(PendingMessage pending, byte[] reply) {
            all.add(text(pending.message) + (pending.expired ? "~" : "=") + text(reply));
        }

        @Override
        public void foreign(byte[] bytes) {
            all.add("?" + text(bytes));
        }
    }

    private final Found found = new Found();

    @Test
    void streamIsCutByOrderAndLength() {
        TcpMatcher matcher = new TcpMatcher();
        send(matcher, "one");
        send(matcher, "three");

        receive(matcher, "o");
        receive(matcher, "neth");
        receive(matcher, "reesurplus");

        assertThat(found.all).containsExactly("one=one", "three=three", "?surplus");
    }

    @Test
    void streamGivesLateBytesToTheMessageTheyBelongTo() {
        TcpMatcher matcher = new TcpMatcher();
        PendingMessage slow = send(matcher, "slow");
        receive(matcher, "sl");
        assertThat(matcher.partial(slow)).asString().isEqualTo("sl");
        expire(matcher, slow);
        send(matcher, "next");

        receive(matcher, "ownext");

        assertThat(found.all).containsExactly("slow~slow", "next=next");
        assertThat(matcher.waiting()).isEmpty();
    }

    @Test
    void datagramsMatchInAnyOrder() {
        UdpMatcher matcher = new UdpMatcher();
        send(matcher, "a");
        send(matcher, "");
        send(matcher, "b");

        receive(matcher, "b");
        receive(matcher, "");
        receive(matcher, "a");
        receive(matcher, "a");

        assertThat(found.all).containsExactly("b=b", "=", "a=a", "?a");
    }

    @Test
    void equalDatagramsAreInterchangeableAndOldestGoesFirst() {
        UdpMatcher matcher = new UdpMatcher();
        PendingMessage first = send(matcher, "x");
        PendingMessage second = send(matcher, "x");

        receive(matcher, "x");
        assertThat(matcher.waiting()).containsExactly(second).doesNotContain(first);
        expire(matcher, second);
        receive(matcher, "x");

        assertThat(found.all).containsExactly("x=x", "x~x");
    }

    @Test
    void forgetsTheOldestOfManyExpiredDatagrams() {
        UdpMatcher matcher = new UdpMatcher();
        for (int i = 0; i <= UdpMatcher.MAX_EXPIRED; i++) {
            expire(matcher, send(matcher, "" + i));
        }

        receive(matcher, "0");
        receive(matcher, "1");

        assertThat(found.all).containsExactly("?0", "1~1");
    }

    private static PendingMessage send(ReplyMatcher matcher, String text) {
        PendingMessage pending = new PendingMessage(text.getBytes(StandardCharsets.UTF_8));
        pending.sentNs = System.nanoTime();
        matcher.sent(pending);
        return pending;
    }

    private static void expire(ReplyMatcher matcher, PendingMessage pending) {
        matcher.expired(pending);
        pending.expired = true;
    }

    private void receive(ReplyMatcher matcher, String text) {
        matcher.received(Unpooled.copiedBuffer(text, StandardCharsets.UTF_8), found);
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
