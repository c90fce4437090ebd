package io.echo.cli;

/**
 * Properties that libraries read once, for a quick start: each can be given on the command line.
 */
public final class QuickStart {
    private QuickStart() {}

    /** Sets them, before the first class of Netty and of picocli. */
    public static void prepare() {
        // With the manifest's Add-Opens, direct buffers are cheap.
        setUnlessGiven("io.netty.tryReflectionSetAccessible", "true");
        setUnlessGiven("io.netty.leakDetection.level", "disabled");
        // The first message would wait for the setup of flight recorder events.
        setUnlessGiven("io.netty.jfr.enabled", "false");
        // Parts of channel ids, which are not shown. Netty would look for a network card and warn
        // without one, and would look up the process by reflection.
        setUnlessGiven("io.netty.machineId", "02:00:00:00:00:00");
        setUnlessGiven("io.netty.processId", "1");
        // Of times, paths and SQL, by reflection for each command; flags have their own.
        setUnlessGiven("picocli.converters.excludes", "java.*");
    }

    /** Sets a property that was not given on the command line. */
    public static void setUnlessGiven(String property, String value) {
        if (System.getProperty(property) == null) {
            System.setProperty(property, value);
        }
    }
}
