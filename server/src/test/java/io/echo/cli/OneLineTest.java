package io.echo.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.UnsupportedAddressTypeException;
import org.junit.jupiter.api.Test;

class OneLineTest {
    @Test
    void failureIsToldByTheFirstLineOfItsMessage() {
        assertThat(OneLine.of(new IOException("refused\nat once"))).isEqualTo("refused");
    }

    @Test
    void failureWithoutMessageIsToldInWordsAndNamesNoClass() {
        assertThat(OneLine.of(new ClosedChannelException())).isEqualTo("closed channel");
        assertThat(OneLine.of(new UnsupportedAddressTypeException()))
                .isEqualTo("unsupported address type");
        assertThat(OneLine.of(new OutOfMemoryError())).isEqualTo("out of memory");
    }
}
