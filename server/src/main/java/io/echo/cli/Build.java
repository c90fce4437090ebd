package io.echo.cli;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;

/** Version and commit of this build, read from a file beside the classes. */
public final class Build {
    private static final Properties PROPERTIES = read();

    private Build() {}

    /** Returns the version of all three programs, of one build. */
    public static String version() {
        return PROPERTIES.getProperty("version", "unknown");
    }

    /** The commit, with {@code -dirty} where the tree was changed; unknown without a repository. */
    public static String commit() {
        return PROPERTIES.getProperty("commit", "unknown");
    }

    private static Properties read() {
        Properties properties = new Properties();
        try (InputStream in = Build.class.getResourceAsStream("build.properties")) {
            if (in != null) {
                properties.load(in);
            }
        } catch (IOException e) {
            // Stays unknown.
        }
        return properties;
    }
}
