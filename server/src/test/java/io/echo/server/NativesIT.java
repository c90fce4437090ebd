package io.echo.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import org.junit.jupiter.api.Test;

/** The runnable jar has the native transports of both architectures, whichever built it. */
class NativesIT {
    private static final Path JAR = Path.of("target", "echo-server.jar");
    private static final String PREFIX = "META-INF/native/libnetty_transport_native_";

    /** Offset of the machine in an ELF header, and its values. */
    private static final int E_MACHINE = 18;

    private static final int X86_64 = 62;
    private static final int AARCH64 = 183;

    @Test
    void areThereForBothArchitectures() throws IOException {
        Map<String, Integer> machines = new HashMap<>();
        try (JarFile jar = new JarFile(JAR.toFile())) {
            for (JarEntry entry : jar.stream().toList()) {
                if (entry.getName().startsWith(PREFIX)) {
                    try (InputStream in = jar.getInputStream(entry)) {
                        ByteBuffer header = ByteBuffer.wrap(in.readNBytes(E_MACHINE + 2));
                        machines.put(
                                entry.getName().substring(PREFIX.length()),
                                (int) header.order(ByteOrder.LITTLE_ENDIAN).getShort(E_MACHINE));
                    }
                }
            }
        }
        assertThat(machines)
                .isEqualTo(
                        Map.of(
                                "epoll_x86_64.so", X86_64,
                                "epoll_aarch_64.so", AARCH64,
                                "io_uring42_x86_64.so", X86_64,
                                "io_uring42_aarch_64.so", AARCH64));
    }
}
