package io.echo.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TargetTest {
    @ParameterizedTest
    @CsvSource({
        "udp://localhost:7, udp://localhost:7",
        "tcp://localhost:7, tcp://localhost:7",
        "UDP://localhost, udp://localhost:2105",
        "localhost, tcp://localhost:2105",
        "192.0.2.1:65535, tcp://192.0.2.1:65535",
        "udp://[::1]:7, udp://[::1]:7",
        "[2001:db8::1], tcp://[2001:db8::1]:2105",
        "udp://[fe80::1%eth0], udp://[fe80::1%eth0]:2105",
        "udp://[fe80::1%25eth0]:7, udp://[fe80::1%eth0]:7",
        "[fe80::1%251], tcp://[fe80::1%251]:2105",
        "[::ffff:192.0.2.1], tcp://[::ffff:192.0.2.1]:2105",
        "192.0.2.1.:7, tcp://192.0.2.1.:7",
        "1.example.com, tcp://1.example.com:2105",
        "echo_1.example.:007, tcp://echo_1.example.:7",
        "send:1, tcp://send:1",
        "tls://localhost:2107, tls://localhost:2107",
        "TLS://[::1]:443, tls://[::1]:443",
    })
    void readsWhatUsersWrite(String text, String canonical) {
        Target target = Target.parse(text);

        assertThat(target).hasToString(canonical).isEqualTo(Target.parse(canonical));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "::1 | IPv6 address must stand in brackets, as in tcp://[::1]:2105, got ::1",
                "udp://::1:2105 | as in udp://[::1]:2105, got udp://::1:2105",
                "::1:21050 | brackets, as in tcp://[::1]:21050, got ::1:21050",
                "udp://fe80::1%lo | as in udp://[fe80::1%lo]:2105, got udp://fe80::1%lo",
                "http://localhost | target must begin with udp://, tcp:// or tls://, got \"http:",
                "localhost:70000 | port must be from 1 to 65535, got \"70000\"",
                "localhost:0 | port must be from 1 to 65535, got \"0\"",
                "localhost:99999999999 | port must be from 1 to 65535",
                "localhost: | port must be from 1 to 65535, got \"\"",
                "localhost:echo | port must be from 1 to 65535, got \"echo\"",
                "localhost:+7 | port must be from 1 to 65535, got \"+7\"",
                "udp://[::1]:x | port must be from 1 to 65535, got \"x\"",
                "udp:// | target must be udp://host:port, tcp://host:port, tls://host:port or",
                "tls://localhost | tls:// must name its port, as in tls://localhost:2107, got tls:",
                "tls://[::1] | tls:// must name its port, as in tls://[::1]:2107, got tls://[::1]",
                "tls://::1 | IPv6 address must stand in brackets, as in tls://[::1]:2107, got tls",
                "tls://localhost: | port must be from 1 to 65535, got \"\"",
                ":7 | host must be a name, an IPv4 address or an IPv6 address in brackets",
                "localhost:7/ | port must be from 1 to 65535, got \"7/\"",
                "user@host | host must be a name",
                "010.0.0.1 | host must be a name, or an address such as 192.0.2.1 without",
                "127.1:7 | host must be a name, or an address such as 192.0.2.1",
                "2130706433 | host must be a name, or an address such as 192.0.2.1",
                "0x7f.1 | host must be a name, or an address such as 192.0.2.1",
                "192.0.2.256 | host must be a name, or an address such as 192.0.2.1",
                "[::ffff:010.0.0.1] | host must be a name, or an address such as 192.0.2.1",
                "[::1 | target must be host:port, an IPv6 host in brackets",
                "[127.0.0.1] | brackets must hold an IPv6 address",
                "[::x] | brackets must hold an IPv6 address",
                "a:b:c | target must be host:port, an IPv6 host in brackets",
            })
    void rejectsWithWhatMustBeAndWhatWasGiven(String text, String message) {
        assertThatThrownBy(() -> Target.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message);
    }
}
