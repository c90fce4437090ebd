package io.echo.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.echo.server.config.FaultProfile.Datagrams;
import io.echo.server.config.FaultProfile.Delay;
import io.echo.server.config.FaultProfile.Shape;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Profiles as text. */
class FaultProfileTest {
    private static final String ALL =
            "burst=200ms/5s,loss=0.5%,corrupt=1%,truncate=2%/20,duplicate=3%,reorder=4%/2,"
                    + "delay=50ms,jitter=5ms:pareto,rate=100000/s,stall=1s/10s,reset-after=1000,"
                    + "half-close,slow-read=500/s,split=1..7,seed=42";

    @Test
    void readsEveryMember() {
        assertThat(FaultProfile.parse(ALL))
                .isEqualTo(
                        new FaultProfile(
                                new Datagrams(
                                        Optional.of(
                                                new FaultProfile.Burst(
                                                        Duration.ofMillis(200),
                                                        Duration.ofSeconds(5))),
                                        0.005,
                                        0.01,
                                        Optional.of(new FaultProfile.Truncation(0.02, 20)),
                                        0.03,
                                        Optional.of(new FaultProfile.Reordering(0.04, 2)),
                                        Optional.of(
                                                new Delay(
                                                        Duration.ofMillis(50),
                                                        Duration.ofMillis(5),
                                                        Shape.PARETO)),
                                        OptionalLong.of(100_000)),
                                new FaultProfile.Connections(
                                        Optional.of(
                                                new FaultProfile.Stall(
                                                        Duration.ofSeconds(1),
                                                        Duration.ofSeconds(10))),
                                        OptionalLong.of(1_000),
                                        true,
                                        OptionalLong.of(500),
                                        Optional.of(new FaultProfile.Split(1, 7))),
                                42));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                ALL,
                "loss=100%,seed=1",
                "loss=0.000000001%,seed=-5",
                "loss=33.3%,duplicate=7.1%,seed=9223372036854775807",
                "delay=1500us,jitter=0s:uniform,seed=0",
                "delay=1h,jitter=1ns:normal,seed=7",
                "half-close,seed=3",
                "seed=3"
            })
    void isReadAsItWasWritten(String text) {
        FaultProfile profile = FaultProfile.parse(text);
        assertThat(FaultProfile.parse(profile.toString())).isEqualTo(profile);
        assertThat(profile.toString()).isEqualTo(text.replace("=1h,", "=3600s,"));
    }

    @Test
    void writesAnyShareSoThatItIsTheSame() {
        for (double share : new double[] {1 / 3.0, Double.MIN_VALUE, Math.nextDown(1.0), 1e-300}) {
            FaultProfile profile =
                    new FaultProfile(
                            new Datagrams(
                                    Optional.empty(),
                                    share,
                                    0,
                                    Optional.empty(),
                                    share,
                                    Optional.empty(),
                                    Optional.empty(),
                                    OptionalLong.empty()),
                            FaultProfile.Connections.NONE,
                            1);
            assertThat(FaultProfile.parse(profile.toString())).isEqualTo(profile);
        }
    }

    @Test
    void takesBlanksAnyOrderAndUnits() {
        assertThat(FaultProfile.parse(" seed=1 , rate=1.5k, loss = 1% ,jitter=2ms"))
                .isEqualTo(
                        FaultProfile.parse("jitter=2ms:uniform,delay=0s,loss=1%,rate=1500,seed=1"));
    }

    @Test
    void drawsASeedWhereNoneIsGiven() {
        FaultProfile one = FaultProfile.parse("loss=1%");
        assertThat(one.seed()).isBetween(0L, 999_999_999L);
        assertThat(Stream.generate(() -> FaultProfile.parse("loss=1%").seed()).limit(20).distinct())
                .hasSizeGreaterThan(1);
        assertThat(FaultProfile.parse(one.toString())).isEqualTo(one);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'' | profile must be members such as loss=1%,delay=20ms, got nothing",
                "loss=1%, | profile must be members without empty ones, got loss=1%,",
                "lss=1% | seed, got lss; did you mean loss?",
                "los | split, seed, got los; did you mean loss?",
                "loss | loss must be followed by = and a value, got loss",
                "loss= | loss must be a percentage such as 0.1%, got nothing",
                "loss=1 | loss must be a percentage such as 0.1%, got 1",
                "loss=-1% | loss must be from 0% to 100%, got -1%",
                "loss=101% | loss must be from 0% to 100%, got 101%",
                "loss=1%,loss=2% | loss must be there once, got loss=1%,loss=2%",
                "burst=5s | burst must be a time and its period such as 200ms/5s, got 5s",
                "burst=5s/1s | burst must be a time and the period that it is part of, got 5s/1s",
                "burst=0s/1s | burst must be longer than zero, got 0s",
                "stall=soon/1s | stall must be a duration such as 250us, 5ms, 10s or 1m, got soon",
                "stall=2s/1s | stall must be a time and the period that it is part of, got 2s/1s",
                "delay=2h | delay must be at most 1h, got 7200s",
                "jitter=1ms:odd | jitter must be of the shape normal, uniform or pareto, got odd",
                "jitter=: | jitter must be a duration such as 5ms or 1s, got nothing",
                "reorder=1% | reorder must be a share and a number such as 1%/3, got 1%",
                "reorder=1%/0 | reorder must be a whole number from 1 to 10000, got 0",
                "truncate=1%/65528 | truncate must be a whole number from 0 to 65527, got 65528",
                "rate=0 | rate must be from 1/s to 1000000000000/s, got 0",
                "rate=0.5/s | rate must be from 1/s to 1000000000000/s, got 0.5/s",
                "slow-read=fast | slow-read must be a rate such as 10000, 10000/s, 10k or 1.5M,"
                        + " got fast",
                "half-close=1 | half-close must be without a value, got half-close=1",
                "half-close= | half-close must be without a value, got half-close=",
                "reset-after=x | reset-after must be a whole number from 0 to 1000000000000000,"
                        + " got x",
                "split=1 | split must be two lengths such as 1..20, got 1",
                "split=5..1 | split must be from the smaller to the larger, got 5..1",
                "split=0..1 | split must be a whole number from 1 to 2147483647, got 0",
                "seed=1.5 | seed must be a whole number of at most 63 bits, got 1.5",
                "seed=9223372036854775808 | seed must be a whole number of at most 63 bits,"
                        + " got 9223372036854775808"
            })
    void saysWhatAMemberMustBe(String text, String message) {
        assertThatThrownBy(() -> FaultProfile.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageEndingWith(message)
                .hasMessageContaining(" must be ");
    }
}
