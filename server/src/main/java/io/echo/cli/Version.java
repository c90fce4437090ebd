package io.echo.cli;

import picocli.CommandLine.IVersionProvider;

/** Prints the version of a program: its name, the version and the commit of the build. */
public record Version(String program) implements IVersionProvider {
    @Override
    public String[] getVersion() {
        return new String[] {program + " " + Build.version() + " (" + Build.commit() + ")"};
    }
}
