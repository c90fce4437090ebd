package io.echo.testing;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A runnable jar of ours, started as a user starts it. */
public final class RunnableJar {
    /**
     * The flag of a JVM that lives for seconds: the optimizing compiler costs it more than it
     * saves, and takes the processor from the tests beside it.
     */
    public static final String BRIEF = "-XX:TieredStopAtLevel=1";

    /** The command of the JDK that runs this test. */
    public static final String JAVA =
            Path.of(System.getProperty("java.home"), "bin", "java").toString();

    private RunnableJar() {}

    /** Returns the command that runs a jar for a short while. */
    public static List<String> brief(Path jar, String... arguments) {
        List<String> command = new ArrayList<>(List.of(JAVA, BRIEF, "-jar", jar.toString()));
        command.addAll(List.of(arguments));
        return command;
    }
}
