package io.echo.server.config;

import io.echo.cli.FlagValues;

/**
 * A port that misbehaves as told, over the protocols and on the addresses of {@link
 * ServerConfig.Listen}.
 *
 * @param port 1..65535, or 0 for any free one
 * @param profile the faults
 */
public record FaultPort(int port, FaultProfile profile) {
    /** Checks the range. */
    public FaultPort {
        FlagValues.requireRange("--fault port", port, 0, 65_535);
    }
}
