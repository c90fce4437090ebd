package io.echo.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Memory that a JVM holds after a collection, as its own jcmd says.
 *
 * @param heap bytes in use
 * @param direct bytes of buffers outside the heap; needs {@link #TRACKED}
 */
record JvmMemory(long heap, long direct) {
    /** The flag without which a JVM does not know its direct memory. */
    static final String TRACKED = "-XX:NativeMemoryTracking=summary";

    private static final Pattern HEAP = Pattern.compile("(?:heap|generation)\\s.*used (\\d+)K");
    private static final Pattern DIRECT = Pattern.compile("Other \\(.*committed=(\\d+)KB");

    /** Asks; the first time opens a socket or two in that process, for good. */
    static JvmMemory of(ServerProcess server) throws IOException {
        Path commands = Files.createTempFile("jcmd", "");
        try {
            Files.writeString(commands, "GC.run\nGC.heap_info\nVM.native_memory summary\n");
            String said =
                    new String(
                            Peers.run(
                                            new byte[0],
                                            ServerProcess.java("jcmd"),
                                            String.valueOf(server.pid()),
                                            "-f",
                                            commands.toString())
                                    .out());
            return new JvmMemory(bytes(HEAP, said), bytes(DIRECT, said));
        } finally {
            Files.delete(commands);
        }
    }

    private static long bytes(Pattern pattern, String text) {
        Matcher matcher = pattern.matcher(text);
        long sum = 0;
        assertThat(matcher.find()).as("%s in %s", pattern, text).isTrue();
        do {
            sum += Long.parseLong(matcher.group(1)) << 10;
        } while (matcher.find());
        return sum;
    }
}
