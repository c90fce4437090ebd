package io.echo.bench.report;

import com.google.gson.stream.JsonWriter;
import java.io.IOException;

/** A picture that a script of the page draws. */
sealed interface Plot permits Chart, FlowPlot {
    /** Returns a name that no other picture of the page has. */
    String id();

    /** Writes what the script needs, as one object. */
    void write(JsonWriter json) throws IOException;
}
