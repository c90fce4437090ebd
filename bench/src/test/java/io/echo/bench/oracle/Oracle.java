package io.echo.bench.oracle;

import io.echo.net.Protocol;
import io.echo.net.Target;
import java.io.IOException;
import java.nio.ByteBuffer;

/** A server that carries out a program and keeps a journal. */
interface Oracle extends AutoCloseable {
    int HEADER_BYTES = 32;

    /** Time between what must surely be before and what must surely be after. */
    long MARGIN_NS = 200_000_000;

    /** Starts the server of a program. */
    static Oracle start(Program program) throws IOException {
        return program.protocol() == Protocol.UDP
                ? DatagramOracle.start(program)
                : StreamOracle.start(program);
    }

    Target target();

    /** Returns what was done; complete once this is closed. */
    Journal journal();

    /** Closes every socket and waits for the threads. */
    @Override
    void close() throws IOException;

    /** Reads the number of a probe: the header is described in the Javadoc of {@code Probe}. */
    static long sequence(byte[] probe) {
        return ByteBuffer.wrap(probe).getLong(8);
    }

    /** Reads the time at which it should have left. */
    static long intendedNs(byte[] probe) {
        return ByteBuffer.wrap(probe).getLong(16);
    }

    /** Returns whether a reply to it that leaves now is in time, with half the timeout to spare. */
    static boolean isYoung(long intendedNs) {
        return System.nanoTime() - intendedNs <= Program.TIMEOUT.toNanos() / 2;
    }
}
