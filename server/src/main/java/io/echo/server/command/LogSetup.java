package io.echo.server.command;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.JsonEncoder;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.classic.turbo.TurboFilter;
import ch.qos.logback.core.LayoutBase;
import ch.qos.logback.core.UnsynchronizedAppenderBase;
import ch.qos.logback.core.encoder.Encoder;
import ch.qos.logback.core.encoder.LayoutWrappingEncoder;
import ch.qos.logback.core.spi.ContextAwareBase;
import ch.qos.logback.core.spi.FilterReply;
import io.echo.cli.ErrorQueue;
import io.echo.server.loop.Shortage;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import org.slf4j.Marker;

/**
 * The log of the program: lines of text or JSON on stderr. Logback finds it as a service that only
 * the runnable jar names, so an embedding program sets up logging as it likes.
 *
 * <p>Built in code: reading the same from XML took a third of the start. A file named by Logback's
 * own property {@code logback.configurationFile} replaces this setup.
 */
public final class LogSetup extends ContextAwareBase implements Configurator {
    /** System property in which {@link ServerMain} hands over the format: json or text. */
    static final String FORMAT = "io.echo.log.format";

    /** Called by Logback before the first log line. */
    public LogSetup() {}

    @Override
    public ExecutionStatus configure(LoggerContext context) {
        if (System.getProperty("logback.configurationFile") != null) {
            return ExecutionStatus.INVOKE_NEXT_IF_ANY;
        }
        Encoder<ILoggingEvent> encoder =
                "json".equals(System.getProperty(FORMAT)) ? json() : text(context);
        encoder.setContext(context);
        encoder.start();
        ToStandardError stderr = new ToStandardError(encoder);
        stderr.setName("stderr");
        stderr.setContext(context);
        stderr.start();
        context.getLogger("io.netty").setLevel(Level.WARN);
        // Netty lists the interfaces, too, for what the server does not use: a stack where none is
        // up. The server's own error is one line.
        context.getLogger("io.netty.util.NetUtilInitializations").setLevel(Level.ERROR);
        context.getLogger("io.netty.util.NetUtil").setLevel(Level.ERROR);
        // These warn, with a stack trace, of a loop that an exhausted heap has ended; one line
        // tells that already.
        context.getLogger("io.netty.channel.AbstractChannel").setLevel(Level.ERROR);
        context.getLogger("io.netty.util.concurrent.SingleThreadEventExecutor")
                .setLevel(Level.ERROR);
        HeapWatch watch = new HeapWatch();
        watch.start();
        context.addTurboFilter(watch);
        Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
        root.setLevel(Level.INFO);
        root.addAppender(stderr);
        return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
    }

    /** Ends the program where somebody would log an exhausted heap and go on, as Netty does. */
    private static final class HeapWatch extends TurboFilter {
        @Override
        public FilterReply decide(
                Marker marker,
                Logger logger,
                Level level,
                String format,
                Object[] params,
                Throwable logged) {
            Shortage.tellIfOfHeap(logged);
            return FilterReply.NEUTRAL;
        }
    }

    private static Encoder<ILoggingEvent> json() {
        JsonEncoder json = new JsonEncoder();
        json.setWithSequenceNumber(false);
        json.setWithNanoseconds(false);
        json.setWithContext(false);
        json.setWithMDC(false);
        json.setWithArguments(false);
        json.setWithMessage(false);
        json.setWithFormattedMessage(true);
        return json;
    }

    private static Encoder<ILoggingEvent> text(LoggerContext context) {
        Line line = new Line();
        line.setContext(context);
        line.start();
        LayoutWrappingEncoder<ILoggingEvent> text = new LayoutWrappingEncoder<>();
        text.setCharset(StandardCharsets.UTF_8);
        text.setLayout(line);
        return text;
    }

    /** Queues each line: no thread that logs waits for the reader of stderr. */
    private static final class ToStandardError extends UnsynchronizedAppenderBase<ILoggingEvent> {
        private final Encoder<ILoggingEvent> encoder;

        ToStandardError(Encoder<ILoggingEvent> encoder) {
            this.encoder = encoder;
        }

        @Override
        protected void append(ILoggingEvent event) {
            byte[] line = encoder.encode(event);
            ErrorQueue.standard().write(line, 0, line.length);
        }
    }

    /** Time, level, message; then the stack, if there is one. Any thread. */
    private static final class Line extends LayoutBase<ILoggingEvent> {
        private static final DateTimeFormatter TIME =
                DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSXXX", Locale.ROOT)
                        .withZone(ZoneId.systemDefault());

        @Override
        public String doLayout(ILoggingEvent event) {
            StringBuilder line = new StringBuilder(256);
            TIME.formatTo(Instant.ofEpochMilli(event.getTimeStamp()), line);
            line.append(' ').append(event.getLevel());
            line.append(event.getLevel().toString().length() == 4 ? "  " : " ");
            line.append(event.getFormattedMessage()).append(System.lineSeparator());
            if (event.getThrowableProxy() != null) {
                line.append(ThrowableProxyUtil.asString(event.getThrowableProxy()));
            }
            return line.toString();
        }
    }
}
