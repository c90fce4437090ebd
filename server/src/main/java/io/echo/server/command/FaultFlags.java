package io.echo.server.command;

import static io.echo.server.command.FlagTexts.value;

import io.echo.cli.FlagValues;
import io.echo.net.Protocol;
import io.echo.server.config.FaultPort;
import io.echo.server.config.FaultProfile;
import io.echo.server.config.ServerConfig;
import io.echo.server.config.ServerConfig.Faults;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import picocli.CommandLine.Model.OptionSpec;

/** The flags of ports that misbehave, as text. */
final class FaultFlags {
    private static final String FAULT = "--fault";

    /** Between ports in one value, as commas stand between members. */
    private static final String BETWEEN = ";";

    private static final String FORM = "PORT:PROFILE such as 2110:loss=1%,delay=20ms";

    private final OptionSpec ports;
    private final OptionSpec forAnybody;

    FaultFlags(FlagTexts flags) {
        ports =
                flags.add(
                        value(
                                        FAULT,
                                        "PORT:PROFILE",
                                        "A port that loses, delays or damages on purpose:"
                                                + " 2110:loss=1%%,delay=20ms; repeatable, and"
                                                + " separated by ; in the environment.")
                                .type(List.class)
                                .auxiliaryTypes(String.class));
        forAnybody =
                flags.add(
                        FlagTexts.toggle(
                                "--fault-public",
                                "These ports answer everybody, not trusted sources alone."));
    }

    /** Reads the flags. */
    Faults faults() {
        List<FaultPort> all = new ArrayList<>();
        for (String text : texts()) {
            all.add(port(text));
        }
        boolean anybody = FlagTexts.isOn(forAnybody);
        if (anybody && all.isEmpty()) {
            throw new IllegalArgumentException("--fault-public must come with --fault, got none");
        }
        Set<Integer> fixed = new HashSet<>();
        for (FaultPort one : all) {
            if (one.port() != 0 && !fixed.add(one.port())) {
                throw FlagValues.mustBe(FAULT, "for each port once", one.port() + " twice");
            }
        }
        return new Faults(all, anybody);
    }

    /** Refuses a port that has another use, where both would have an address in common. */
    static void requireOtherPorts(ServerConfig config) {
        ServerConfig.Listen listen = config.listen();
        for (FaultPort one : config.faults().ports()) {
            requireOther(one, listen.port(), "--port");
            config.admin()
                    .filter(admin -> listen.protocols().contains(Protocol.TCP))
                    .filter(admin -> ServerFlags.meet(listen, admin))
                    .ifPresent(admin -> requireOther(one, admin.port(), "--admin-port"));
            config.tls()
                    .filter(tls -> listen.protocols().contains(Protocol.TCP))
                    .ifPresent(tls -> requireOther(one, tls.port(), "--tls-port"));
        }
    }

    private static void requireOther(FaultPort fault, int port, String flag) {
        if (port > 0 && port == fault.port()) {
            throw new IllegalArgumentException(FAULT + " must not be " + flag + ", got " + port);
        }
    }

    private List<String> texts() {
        List<String> given = ports.getValue();
        List<String> texts = new ArrayList<>();
        for (String text : given == null ? List.<String>of() : given) {
            if (text.isBlank()) {
                throw FlagValues.mustBe(FAULT, FORM, text);
            }
            for (String one : text.split(BETWEEN, -1)) {
                if (one.isBlank()) {
                    throw FlagValues.mustBe(
                            FAULT,
                            "entries separated by " + BETWEEN + ", without empty ones",
                            "'" + text + "'");
                }
                texts.add(one.strip());
            }
        }
        return texts;
    }

    private static FaultPort port(String text) {
        String[] parts = text.split(":", 2);
        if (parts.length < 2 || !parts[0].strip().matches("\\d{1,9}")) {
            throw FlagValues.mustBe(FAULT, FORM, text);
        }
        int number = FlagValues.number(FAULT, parts[0]);
        FlagValues.requireRange(FAULT + " port", number, 0, 65_535);
        try {
            return new FaultPort(number, FaultProfile.parse(parts[1]));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(FAULT + " " + e.getMessage(), e);
        }
    }
}
