package io.echo.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class TransportTest {
    @ParameterizedTest
    @EnumSource(Transport.class)
    void eachIsReadAsItIsWritten(Transport transport) {
        assertThat(Transport.parse(transport.toString())).isEqualTo(transport);
    }

    @Test
    void autoIsTheBestHere() {
        assertThat(Transport.parse("auto")).isEqualTo(Transport.best());
        assertThat(Transport.names()).containsExactly("nio", "epoll", "io_uring", "auto");
    }

    @ParameterizedTest
    @ValueSource(strings = {"kqueue", "NIO", ""})
    void otherNamesAreRefusedWithThoseThatAreKnown(String name) {
        assertThatThrownBy(() -> Transport.parse(name))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("--transport must be nio, epoll, io_uring or auto, got " + name);
    }
}
