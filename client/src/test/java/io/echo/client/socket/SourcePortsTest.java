package io.echo.client.socket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SourcePortsTest {
    @Test
    void givesEachConnectionItsPort() {
        SourcePorts ports = SourcePorts.parse("40000+3");
        assertThat(IntStream.range(0, 4).map(i -> ports.local(i, List.of(), true).getPort()))
                .containsExactly(40_000, 40_001, 40_002, 40_000);
        assertThat(ports.local(0, List.of(), true).getAddress().getHostAddress())
                .isEqualTo("0.0.0.0");
        assertThat(ports.local(0, List.of(), false).getAddress().getAddress()).hasSize(16);
        assertThat(ports).hasToString("40000+3");
    }

    @Test
    void leavesPortsBeyondTheLastToTheSystem() {
        assertThat(SourcePorts.after(65_530, 5)).isEqualTo(65_535);
        assertThat(SourcePorts.after(65_530, 6)).isZero();
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "4, 1", "3, 2", "4, 2", "2, 4", "6, 4", "5, 3"})
    void givesNoPairTwice(int count, int addresses) throws Exception {
        SourcePorts ports = new SourcePorts(40_000, count);
        List<InetAddress> bind =
                List.of(
                                InetAddress.getByName("127.0.0.1"),
                                InetAddress.getByName("127.0.0.2"),
                                InetAddress.getByName("127.0.0.3"),
                                InetAddress.getByName("127.0.0.4"))
                        .subList(0, addresses);
        List<InetSocketAddress> pairs =
                IntStream.range(0, ports.pairs(addresses))
                        .mapToObj(i -> ports.local(i, bind, true))
                        .toList();
        assertThat(pairs).hasSize(count * addresses).doesNotHaveDuplicates();
        int first = Math.min(count, addresses);
        assertThat(pairs.subList(0, first))
                .extracting(InetSocketAddress::getAddress)
                .containsExactlyElementsOf(bind.subList(0, first));
    }

    @Test
    void takesTheLastPort() {
        assertThat(SourcePorts.parse("65535+1").pairs(0)).isEqualTo(1);
        assertThat(SourcePorts.parse("1+65535").pairs(2)).isEqualTo(131_070);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "40000",
                "40000+",
                "+4",
                "40000-40063",
                "40000+0",
                "0+4",
                "65535+2",
                "1+65536"
            })
    void rejectsWhatIsNoRangeOfPorts(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SourcePorts.parse(text))
                .withMessageStartingWith("--source-ports must be FIRST+COUNT")
                .withMessageEndingWith(", got " + text);
    }
}
