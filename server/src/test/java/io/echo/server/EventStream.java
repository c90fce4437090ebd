package io.echo.server;

import com.google.gson.Gson;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** A viewer of {@code /events} that is no browser. */
public final class EventStream implements AutoCloseable {
    /**
     * An event.
     *
     * @param name {@code head}, {@code message} or {@code state}
     */
    public record Event(String name, String data) {
        public long[] row() {
            return new Gson().fromJson(data, long[].class);
        }

        public JsonObject json() {
            return JsonParser.parseString(data).getAsJsonObject();
        }
    }

    private final Socket socket;
    private final BufferedReader in;
    private final String head;

    /** Asks, and reads the head of the answer. */
    public EventStream(EchoServer server) throws IOException {
        this(server.addresses().admin().orElseThrow().getPort());
    }

    /** The same at a port of this host. */
    public EventStream(int adminPort) throws IOException {
        socket = new Socket(TestServers.loopback(), adminPort);
        socket.setSoTimeout(20_000);
        socket.getOutputStream()
                .write(
                        "GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n"
                                .getBytes(StandardCharsets.UTF_8));
        in =
                new BufferedReader(
                        new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
        StringBuilder lines = new StringBuilder();
        for (String line = in.readLine(); !line.isEmpty(); line = in.readLine()) {
            lines.append(line).append('\n');
        }
        head = lines.toString();
    }

    /** The status line and the headers. */
    public String head() {
        return head;
    }

    /** The next event. */
    public Event next() throws IOException {
        String name = in.readLine();
        String data = in.readLine();
        if (name == null || data == null || !in.readLine().isEmpty()) {
            throw new IOException("ended with " + name + " " + data);
        }
        return new Event(name.replaceFirst("^event: ", ""), data.replaceFirst("^data: ", ""));
    }

    /** The next of this name. */
    public Event next(String name) throws IOException {
        while (true) {
            Event event = next();
            if (event.name().equals(name)) {
                return event;
            }
        }
    }

    /** Tells whether the server has ended the stream in an orderly way. */
    public boolean ended() throws IOException {
        return in.read() < 0;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
