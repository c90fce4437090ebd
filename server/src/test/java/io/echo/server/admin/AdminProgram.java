package io.echo.server.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.echo.server.KernelChannel;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.IntFunction;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Any bytes in any pieces for a connection to the admin port, whose peer takes the answers, some of
 * them or none, while time goes by.
 *
 * <p>Whatever comes: each answer is whole, one for each request and in their order; the connection
 * ends only behind an answer that says so, in time, or by the peer; no more than one answer waits
 * for a peer that does not read; an open connection whose peer reads is itself read on.
 */
public final class AdminProgram {
    private static final Map<String, Supplier<AdminResponse>> PAGES =
            Map.of(
                    "/livez",
                    () -> AdminResponse.text(HttpResponseStatus.OK, "ok"),
                    "/metrics",
                    () -> AdminResponse.text(HttpResponseStatus.OK, "x".repeat(20_000)),
                    "/events",
                    () -> AdminResponse.stream("text/event-stream", AdminProgram::tell),
                    "/broken",
                    () -> {
                        throw new IllegalStateException("broken");
                    });

    private static final Pattern HEAD =
            Pattern.compile(
                    "HTTP/1\\.1 (200|400|404|405|414|431|500) [A-Za-z- ]+\r\n"
                            + "((?:[a-z-]+: [^\r]+\r\n)+)\r\n");
    private static final Pattern LENGTH = Pattern.compile("content-length: (\\d+)\r\n");
    private static final String END = "connection: close\r\n";

    private final IntSupplier choices;
    private final IntFunction<byte[]> bytes;
    private final KernelChannel channel;

    /** Bytes that the peer has sent and the channel has not read. */
    private final Deque<ByteBuf> waiting = new ArrayDeque<>();

    private final List<ByteBuf> given = new ArrayList<>();
    private final List<HttpRequest> asked = new ArrayList<>();
    private final ByteArrayOutputStream answers = new ByteArrayOutputStream();
    private int seconds;

    /** True once a request was taken while the answer to another waited. */
    private boolean askedBehind;

    private boolean endedByPeer;

    /** True while the last answer goes on. */
    private boolean streaming;

    /**
     * Makes a program.
     *
     * @param choices any numbers from 0 to 255
     * @param bytes the next bytes of the peer, so many at most
     */
    public AdminProgram(IntSupplier choices, IntFunction<byte[]> bytes) {
        this.choices = choices;
        this.bytes = bytes;
        this.channel = KernelChannel.askedToRead(AdminServer.handlers(this::page));
        channel.freezeTime();
    }

    private static void tell(Channel viewer) {
        for (int event = 0; event < 3; event++) {
            viewer.writeAndFlush(
                    new DefaultHttpContent(
                            Unpooled.copiedBuffer("data: 1\n\n", StandardCharsets.US_ASCII)));
        }
    }

    private AdminResponse page(HttpRequest request) {
        asked.add(request);
        askedBehind |= !channel.unsafe().outboundBuffer().isEmpty();
        return AdminServer.page(PAGES, request);
    }

    /** Runs events while there are more and the connection is open; looks at what came of it. */
    public void run(BooleanSupplier more) {
        while (more.getAsBoolean() && channel.isOpen()) {
            step();
        }
        end();
    }

    private void step() {
        switch (choices.getAsInt() % 16) {
            case 0, 1, 2, 3, 4, 5, 6 -> waiting.add(piece());
            case 7, 8, 9, 10 -> read(1 + choices.getAsInt() % 4);
            case 11 -> channel.full(true);
            case 12 -> channel.full(false);
            case 13 -> channel.takeSome(1);
            case 14 -> pass(1 + choices.getAsInt() % 4);
            default -> leave(choices.getAsInt() % 32);
        }
        settle();
    }

    /** Lets the peer take everything and wait, and looks at all that it got. */
    private void end() {
        channel.full(false);
        settle();
        while (!waiting.isEmpty() && read(1)) {
            settle();
        }
        boolean open = channel.isOpen();
        boolean reads = channel.takeAskToRead();
        boolean saidEnd = wholeAnswers();
        assertThat(open || saidEnd || endedByPeer || seconds >= 10).as("%s", answers).isTrue();
        assertThat(!open || reads).as("open and not read: %s", answers).isTrue();
        pass(AdminConnection.REQUEST_SECONDS + AdminConnection.END_SECONDS);
        assertThat(channel.isOpen()).isEqualTo(open && streaming);
        channel.finishAndReleaseAll();
        waiting.forEach(ByteBuf::release);
        assertThat(given).allSatisfy(buffer -> assertThat(buffer.refCnt()).isZero());
    }

    /** The end of the peer, seldom, in one of three ways. */
    private void leave(int way) {
        endedByPeer |= way < 3;
        switch (way) {
            case 0 -> channel.close();
            case 1 -> channel.pipeline().fireExceptionCaught(new IOException("Connection reset"));
            case 2 -> channel.breakPipe();
            default -> read(1);
        }
    }

    private ByteBuf piece() {
        ByteBuf piece = Unpooled.buffer().writeBytes(bytes.apply(1 + choices.getAsInt() * 48));
        given.add(piece);
        return piece;
    }

    /** So many pieces as one batch, if the channel reads; returns whether it does. */
    private boolean read(int pieces) {
        if (!channel.isOpen() || waiting.isEmpty() || !channel.takeAskToRead()) {
            return false;
        }
        for (int piece = 0; piece < pieces && !waiting.isEmpty(); piece++) {
            channel.pipeline().fireChannelRead(waiting.remove());
        }
        channel.pipeline().fireChannelReadComplete();
        return true;
    }

    private void pass(int time) {
        seconds += time;
        channel.advanceTimeBy(time, TimeUnit.SECONDS);
        channel.runScheduledPendingTasks();
    }

    private void settle() {
        channel.runPendingTasks();
        channel.checkException();
        for (ByteBuf out = channel.readOutbound(); out != null; out = channel.readOutbound()) {
            byte[] taken = new byte[out.readableBytes()];
            out.readBytes(taken).release();
            answers.writeBytes(taken);
        }
        assertThat(askedBehind).isFalse();
    }

    /** Tells whether the last answer says that it is the last; only one cut off may be partial. */
    private boolean wholeAnswers() {
        String text = answers.toString(StandardCharsets.ISO_8859_1);
        boolean last = false;
        int at = 0;
        int answer = 0;
        Matcher head = HEAD.matcher(text);
        while (at < text.length()) {
            assertThat(last).as("more behind the last of %s", text).isFalse();
            boolean found = head.find(at) && head.start() == at;
            if (!found && !channel.isOpen()) {
                break; // Cut off.
            }
            assertThat(found).as("answer %d of %s", answer, text).isTrue();
            Matcher length = LENGTH.matcher(head.group(2));
            HttpRequest request = asked.get(answer++);
            boolean empty = request.method().equals(HttpMethod.HEAD);
            last = head.group(2).contains(END);
            boolean sized = length.find();
            assertThat(sized || last).as("%s", head).isTrue();
            streaming = !sized && !empty;
            int size = sized && !empty ? Integer.parseInt(length.group(1)) : 0;
            at = streaming ? text.length() : head.end() + size;
            assertThat(last || request.decoderResult().isSuccess()).as("%s", head).isTrue();
        }
        if (channel.isOpen()) {
            assertThat(at).isEqualTo(text.length());
            assertThat(asked).hasSize(answer);
        }
        return last;
    }
}
