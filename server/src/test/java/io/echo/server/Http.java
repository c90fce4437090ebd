package io.echo.server;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;

/** A client of the admin port that sends exactly what it is told to; one connection. */
public final class Http implements AutoCloseable {
    /**
     * An answer.
     *
     * @param head the status line and the headers
     */
    public record Answer(String head, String body) {
        public int status() {
            return Integer.parseInt(head.split(" ")[1]);
        }
    }

    private static final int DEADLINE_SECONDS = 30;

    private final Socket socket;

    public Http(EchoServer server) throws IOException {
        this(server.addresses().admin().orElseThrow());
    }

    /** At an address of a server whose admin port has several. */
    public Http(InetSocketAddress admin) throws IOException {
        socket = new Socket(admin.getAddress(), admin.getPort());
        socket.setSoTimeout(20_000);
    }

    /** One request on a connection of its own. */
    public static Answer get(EchoServer server, String path) throws IOException {
        try (Http http = new Http(server)) {
            return http.ask("GET", path);
        }
    }

    /** Asks again and again until the answer is as wanted. */
    public static Answer await(EchoServer server, String path, Predicate<Answer> wanted)
            throws IOException {
        long startNs = System.nanoTime();
        while (true) {
            Answer answer = get(server, path);
            if (wanted.test(answer)) {
                return answer;
            }
            if (System.nanoTime() - startNs > TimeUnit.SECONDS.toNanos(DEADLINE_SECONDS)) {
                throw new AssertionError("still " + answer);
            }
            LockSupport.parkNanos(20_000_000);
        }
    }

    public Answer ask(String method, String path) throws IOException {
        send(method + " " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
        return answer(!method.equals("HEAD"));
    }

    public void send(String bytes) throws IOException {
        socket.getOutputStream().write(bytes.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** Reads one answer, as long as it says it is. */
    public Answer answer(boolean withBody) throws IOException {
        InputStream in = socket.getInputStream();
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        while (!head.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
            int next = in.read();
            if (next < 0) {
                throw new IOException("ended within " + head);
            }
            head.write(next);
        }
        String text = head.toString(StandardCharsets.ISO_8859_1);
        int length = Integer.parseInt(text.replaceAll("(?s).*content-length: (\\d+).*", "$1"));
        byte[] body = in.readNBytes(withBody ? length : 0);
        return new Answer(text, new String(body, StandardCharsets.UTF_8));
    }

    /** Shuts down the sending side. */
    public void finish() throws IOException {
        socket.shutdownOutput();
    }

    /** Tells whether the server has ended the connection in an orderly way. */
    public boolean ended() throws IOException {
        return socket.getInputStream().read() < 0;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
