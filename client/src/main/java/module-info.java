/** The echo client: a library, and the program that is made of it. */
@SuppressWarnings("requires-automatic") // HdrHistogram has no descriptor.
module io.echo.client {
    requires transitive io.echo.server;
    requires HdrHistogram;
    requires io.netty.buffer;
    requires io.netty.codec.haproxy;
    requires io.netty.common;
    requires io.netty.handler;
    requires io.netty.transport;
    requires io.netty.transport.classes.epoll;
    requires io.netty.transport.unix.common;
    requires java.logging;
    requires static com.google.gson;
    requires static org.apache.commons.numbers.gamma;
    requires static org.apache.commons.statistics.distribution;
    requires static info.picocli;
    requires static jdk.unsupported;

    exports io.echo.client;

    opens io.echo.client.command to
            info.picocli;
    opens io.echo.client.socket to
            info.picocli;
}
