package io.echo.client.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StreamCheckTest {
    private static final int BLOCK = StreamCheck.BLOCK_BYTES;
    private static final int KEPT = StreamCheck.KEPT_BLOCKS * BLOCK;

    private final Random random = new Random(3);
    private final StreamCheck check = new StreamCheck();

    @Test
    void equalStreamsNeverDifferHoweverTheyAreCut() {
        byte[] stream = stream(KEPT + 3 * BLOCK + 5);
        int sent = 0;
        int returned = 0;
        while (returned < stream.length) {
            if (sent < stream.length && (sent == returned || random.nextBoolean())) {
                int to = Math.min(stream.length, sent + 1 + random.nextInt(2 * KEPT / 3));
                check.sent(Arrays.copyOfRange(stream, sent, to), to - sent);
                sent = to;
            } else {
                int to = Math.min(sent, returned + 1 + random.nextInt(BLOCK * 2));
                check.returned(Arrays.copyOfRange(stream, returned, to));
                returned = to;
            }
            assertThat(check.difference()).isEmpty();
        }
    }

    @Test
    void whatIsHeldBackComesBackEqualAtEachEndOfABlock() {
        byte[] stream = stream(KEPT + 3 * BLOCK + 5);
        check.sent(stream, stream.length);
        for (int done = 0; done < stream.length; done += BLOCK) {
            int to = Math.min(stream.length, done + BLOCK);
            check.returned(Arrays.copyOfRange(stream, done, to));
            assertThat(check.difference()).isEmpty();
        }
        check.returned(new byte[1]);
        assertThat(check.difference())
                .contains("more came back than the " + stream.length + " bytes that were sent");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, BLOCK - 1, KEPT - 1})
    void keptByteThatDiffersIsNamedAtOnce(int at) {
        byte[] stream = stream(KEPT + BLOCK);
        check.sent(stream, stream.length);
        stream[at]++;
        check.returned(Arrays.copyOf(stream, at + 1));
        assertThat(check.difference()).contains("byte " + at + " differs");
    }

    @ParameterizedTest
    @ValueSource(ints = {KEPT, KEPT + BLOCK - 1, KEPT + BLOCK, KEPT + BLOCK + 4})
    void byteBeyondTheKeptIsFoundByTheSumOfItsBlock(int at) {
        byte[] stream = stream(KEPT + BLOCK + 5);
        check.sent(stream, stream.length);
        stream[at]++;
        check.returned(stream);
        assertThat(check.difference())
                .contains("bytes differ within 64 KiB from byte " + at / BLOCK * BLOCK + " on");
    }

    @Test
    void byteThatComesBeforeItWasSentIsNoneThatWasSent() {
        check.returned(new byte[] {'a'});
        check.sent(new byte[] {'a'}, 1);
        assertThat(check.difference()).contains("more came back than the 0 bytes that were sent");
    }

    private byte[] stream(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }
}
