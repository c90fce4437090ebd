package io.echo.server.loop;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.DefaultEventLoop;
import io.netty.channel.EventLoop;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.UncheckedBooleanSupplier;
import io.netty.util.internal.PlatformDependent;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ReceiveBuffersTest {
    private final EventLoop loop = new DefaultEventLoop();
    private final ReceiveBuffers buffers = new ReceiveBuffers(loop, false);

    @AfterEach
    void stop() {
        loop.submit(buffers::close).syncUninterruptibly();
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }

    @Test
    void givesTheSlotUsedLastAgainAndEmpty() throws Exception {
        loop.submit(
                        () -> {
                            ByteBuf first = take();
                            first.writeLong(1).readByte();
                            first.release();
                            ByteBuf again = take();
                            assertThat(again).isSameAs(first);
                            assertThat(again.readerIndex()).isZero();
                            assertThat(again.readableBytes()).isZero();
                            assertThat(again.writableBytes()).isEqualTo(65_535);
                            assertThat(again.refCnt()).isEqualTo(1);
                            again.release();
                        })
                .get();
    }

    @Test
    void neverGivesASlotTwice() throws Exception {
        loop.submit(
                        () -> {
                            ByteBuf one = take();
                            ByteBuf two = take();
                            assertThat(one).isNotSameAs(two);
                            one.retain();
                            one.release();
                            assertThat(take0AndRelease()).isNotSameAs(one);
                            one.release();
                            two.release();
                        })
                .get();
    }

    @Test
    void freesWhatIsReleasedOnAnotherThread() throws Exception {
        long before = PlatformDependent.usedDirectMemory();
        ByteBuf slot = loop.submit(this::take).get();
        assertThat(PlatformDependent.usedDirectMemory()).isGreaterThan(before);
        slot.release();
        assertThat(slot.refCnt()).isZero();
        assertThat(PlatformDependent.usedDirectMemory()).isEqualTo(before);
        ByteBuf next = loop.submit(this::take).get();
        assertThat(next).isNotSameAs(slot);
        next.release();
    }

    @Test
    void leavesSomeSlotsToDatagramsWhatConnectionsTake() throws Exception {
        loop.submit(
                        () -> {
                            buffers.reserve();
                            List<ByteBuf> reserved = new ArrayList<>();
                            ByteBuf stream = takeStream();
                            for (int i = 0; i < ReceiveBuffers.BATCH; i++) {
                                reserved.add(take());
                            }
                            assertThat(reserved).noneMatch(slot -> slot == stream);
                            reserved.forEach(ByteBuf::release);
                            stream.release();
                            ByteBuf again = takeStream();
                            assertThat(again).as("not reserved").isSameAs(stream);
                            again.release();
                        })
                .get();
    }

    /** At first each time, then after 2, 4, … 64 wake-ups that do not look; until there is one. */
    @Test
    void looksForASecondDatagramEverLessOftenWhileOneComesAtATime() {
        EmbeddedChannel channel = new EmbeddedChannel();
        RecvByteBufAllocator.ExtendedHandle handle =
                (RecvByteBufAllocator.ExtendedHandle) buffers.newHandle();
        List<Integer> looks = new ArrayList<>();
        for (int wakeup = 0; wakeup < 210; wakeup++) {
            handle.reset(channel.config());
            if (reads(handle)) {
                looks.add(wakeup);
                if (wakeup == 197) {
                    assertThat(reads(handle)).as("there may be more").isTrue();
                }
            }
            handle.readComplete();
        }
        assertThat(looks).containsExactly(0, 3, 8, 17, 34, 67, 132, 197, 198, 201, 206);
        channel.finishAndReleaseAll();
    }

    /** Tells whether it goes on after one more datagram. */
    private static boolean reads(RecvByteBufAllocator.ExtendedHandle handle) {
        handle.lastBytesRead(1);
        handle.incMessagesRead(1);
        return handle.continueReading(UncheckedBooleanSupplier.TRUE_SUPPLIER);
    }

    @SuppressWarnings("deprecation") // As below.
    private ByteBuf takeStream() {
        return buffers.streams().newHandle().allocate(ByteBufAllocator.DEFAULT);
    }

    private ByteBuf take0AndRelease() {
        ByteBuf slot = take();
        slot.release();
        return slot;
    }

    @SuppressWarnings("deprecation") // The interface's only method returns the deprecated type.
    private ByteBuf take() {
        RecvByteBufAllocator.Handle handle = buffers.newHandle();
        return handle.allocate(ByteBufAllocator.DEFAULT);
    }
}
