/**
 * The echo server, and the parts that the client shares with it.
 *
 * <p>The API is exported to everyone. Packages that are exported to {@code io.echo.client} alone
 * may change with any version. Libraries that an embedder may leave out are optional here as they
 * are in the pom: {@code /metrics} needs Micrometer, {@code /info} and the live page need Gson.
 */
@SuppressWarnings({"module", "requires-automatic"}) // The client is compiled after this.
module io.echo.server {
    requires transitive io.netty.transport;
    requires io.netty.buffer;
    requires io.netty.codec;
    requires io.netty.codec.haproxy;
    requires io.netty.codec.http;
    requires io.netty.common;
    requires io.netty.handler;
    requires io.netty.resolver;
    requires io.netty.transport.classes.epoll;
    requires io.netty.transport.classes.io_uring;
    requires io.netty.transport.unix.common;
    requires java.management;
    requires jdk.management;
    requires jdk.net;
    requires org.slf4j;
    requires static ch.qos.logback.classic;
    requires static ch.qos.logback.core;
    requires static com.google.gson;
    requires static info.picocli;
    requires static io.prometheus.metrics.model;
    requires static jdk.unsupported;
    requires static micrometer.core;
    requires static micrometer.registry.prometheus;

    exports io.echo.net;
    exports io.echo.server;
    exports io.echo.server.config;
    exports io.echo.cli to
            io.echo.client;
    exports io.echo.pem to
            io.echo.client;

    opens io.echo.server.admin to
            com.google.gson;
}
