package io.echo.client.command;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import io.echo.cli.FlagValues;
import io.echo.client.check.PathResult;
import io.echo.client.mtu.MtuResult;
import io.echo.client.mtu.Reason;
import io.echo.client.socket.FailureReason;
import io.echo.net.Protocol;
import io.echo.net.Target;
import io.echo.net.Transport;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** A result of {@code mtu} as lines, and as a JSON object. */
record MtuReport(Target target, Transport transport, Duration timeout, MtuResult result) {
    private static final int SCHEMA = 1;
    private static final double MILLIS_PER_SECOND = 1_000;

    /** Returns the lines for a reader. */
    List<String> lines() {
        List<String> lines = new ArrayList<>();
        lines.add(
                address()
                        + " port "
                        + result.remote().getPort()
                        + (result.ipv4() ? ", IPv4" : ", IPv6"));
        if (result.largest().isEmpty()) {
            lines.add(
                    "  nothing came back"
                            + (result.counts().corrupted() > 0 ? " whole" : "")
                            + (result.ports().asked() > 1
                                    ? " to any of " + result.ports().asked() + " ports"
                                    : "")
                            + (result.interrupted() ? " before it was stopped" : ""));
            return lines;
        }
        deadPorts().ifPresent(lines::add);
        int largest = result.largest().getAsInt();
        lines.add(
                "  "
                        + (result.interrupted() ? "at least " : "")
                        + largest
                        + " bytes come back whole ("
                        + result.packetBytes(largest)
                        + " bytes of IP packet)");
        result.reason().map(this::explain).ifPresent(why -> lines.add("  " + why));
        if (result.corruptLarger()) {
            lines.add("  larger ones come back corrupt: with other bytes than were sent");
        }
        result.passesFragmented()
                .ifPresent(
                        bytes ->
                                lines.add(
                                        "  with fragments allowed (no DF) "
                                                + bytes
                                                + " bytes come back, too"));
        icmpError()
                .ifPresent(
                        error ->
                                lines.add(
                                        "  an ICMP error came meanwhile: "
                                                + error
                                                + "; a filter may reject larger ones"));
        staleMtu().ifPresent(lines::add);
        lossLine().ifPresent(lines::add);
        if (result.corruptLarger()) {
            lines.add("  ask another echo there, to tell if the path or this echo changes them");
        }
        result.reason()
                .filter(reason -> reason != Reason.NONE)
                .filter(reason -> !(reason == Reason.TOLD && result.loopback()))
                .map(this::advice)
                .ifPresent(advice -> lines.add("  " + advice));
        return lines;
    }

    /** Tells of ports that got no answer, before the one that was measured. */
    private Optional<String> deadPorts() {
        MtuResult.Ports ports = result.ports();
        return ports.silent().isEmpty()
                ? Optional.empty()
                : Optional.of(
                        "  "
                                + ports.silent().size()
                                + " of "
                                + ports.asked()
                                + " ports answered nothing: a flow may be dead (echo-bench load"
                                + " --source-ports); measured from port "
                                + result.local().getPort());
    }

    private String explain(Reason reason) {
        return switch (reason) {
            case NONE -> "no UDP datagram is larger (none)";
            case TOLD ->
                    result.byInterface()
                            ? "larger ones do not leave: the MTU of this host's own interface is "
                                    + result.interfaceMtu().orElse(result.packetBytes(largest()))
                                    + " (told, local)"
                            : "larger ones are refused: a router on the way said by ICMP that its"
                                    + " link takes "
                                    + result.packetBytes(largest())
                                    + " bytes (told, path)";
            case SILENT ->
                    icmpError().isPresent()
                            ? "larger ones do not come back, with DF or without (silent)"
                            : "larger ones vanish without a word: a black hole on the way (silent)";
            case FRAGMENTED ->
                    "larger ones vanish without a word when they must not be fragmented:"
                            + " a black hole for DF (fragmented)";
            case CUT ->
                    "the echo cuts larger ones to "
                            + result.cutTo().orElse(0)
                            + " bytes: its buffer ends there, not the path (cut)";
            case RATE -> "larger ones die of a limit on bytes per second, not of their size (rate)";
        };
    }

    private String advice(Reason reason) {
        int largest = largest();
        return switch (reason) {
            case NONE -> "";
            case TOLD ->
                    result.byInterface()
                            ? "the path may take more: to know, raise the MTU of the interface"
                            : "send at most " + largest + " bytes; TCP finds this limit by itself";
            case SILENT, FRAGMENTED ->
                    "send at most "
                            + largest
                            + " bytes, or "
                            + (icmpError().isPresent()
                                    ? "have the filter changed"
                                    : "let the ICMP messages \""
                                            + (result.ipv4()
                                                    ? "fragmentation needed"
                                                    : "packet too big")
                                            + "\" through")
                            + "; an echo cannot tell the way there from the way back";
            case CUT -> "send at most " + largest + " bytes to it, or ask another echo";
            case RATE ->
                    "send slower, or have the limit raised (of Echo: --udp-bytes-rate);"
                            + " an echo cannot tell the way there from the way back";
        };
    }

    private int largest() {
        return result.largest().orElse(0);
    }

    /**
     * Tells of a path MTU in the kernel, which keeps one for ten minutes, that is no longer true.
     */
    private Optional<String> staleMtu() {
        OptionalInt mtu = result.pathMtu();
        return mtu.isPresent() && mtu.getAsInt() < result.packetBytes(largest())
                ? Optional.of(
                        "  the kernel itself still takes the path for "
                                + mtu.getAsInt()
                                + " bytes (an older ICMP message, or a route with an MTU)")
                : Optional.empty();
    }

    private Optional<String> lossLine() {
        int sent = result.counts().smallSent();
        int lost = sent - result.counts().smallReceived();
        return lost == 0
                ? Optional.empty()
                : Optional.of(
                        "  "
                                + lost
                                + " of "
                                + sent
                                + " small datagrams were lost as well; sizes were tried more often"
                                + " for that");
    }

    /** Tells what the kernel said last of datagrams, other than that one was too large. */
    private Optional<String> icmpError() {
        return result.problem().map(cause -> FailureReason.of(Protocol.UDP, cause, timeout));
    }

    /** Returns the line for stderr, where the measurement failed. */
    Optional<String> problem() {
        if (result.interrupted()) {
            return Optional.empty();
        }
        String said = icmpError().map(error -> ": " + error).orElse("");
        String who = where() + ": ";
        if (result.counts().corrupted() > 0) {
            return Optional.of(who + result.counts().corrupted() + " replies were corrupt");
        }
        if (result.largest().isEmpty()) {
            return Optional.of(
                    who
                            + (said.isEmpty()
                                    ? "nothing came back within " + FlagValues.show(timeout)
                                    : "nothing came back" + said));
        }
        return result.gone()
                ? Optional.of(who + "the echo stopped answering while it was measured" + said)
                : Optional.empty();
    }

    private String where() {
        return "udp://"
                + (result.ipv4() ? address() : "[" + address() + "]")
                + ":"
                + result.remote().getPort();
    }

    /** Returns the address in its short form; the JDK's has a zone where there is one. */
    private String address() {
        InetAddress address = result.remote().getAddress();
        String text = address.getHostAddress();
        return text.contains("%") ? text : NetUtil.toAddressString(address);
    }

    /** Returns the object; what was not measured is null. */
    JsonObject toJson() {
        JsonObject object = new JsonObject();
        object.addProperty("schema", SCHEMA);
        object.addProperty("target", target.toString());
        object.addProperty("address", address());
        object.addProperty("family", result.ipv4() ? "ipv4" : "ipv6");
        object.addProperty("transport", transport.toString());
        object.addProperty("local", PathResult.text(result.local()));
        object.addProperty("ports", result.ports().asked());
        JsonArray silent = new JsonArray();
        result.ports().silent().forEach(silent::add);
        object.add("ports_silent", silent);
        object.add("largest", size(result.largest()));
        Optional<Reason> reason = result.reason();
        object.add(
                "reason",
                reason.map(Reason::toString).map(MtuReport::text).orElse(JsonNull.INSTANCE));
        object.add(
                "by",
                reason.filter(Reason.TOLD::equals)
                        .map(told -> text(result.byInterface() ? "local" : "path"))
                        .orElse(JsonNull.INSTANCE));
        object.add("path_mtu", number(result.pathMtu()));
        object.add("interface_mtu", number(result.interfaceMtu()));
        object.add("passes_fragmented", number(result.passesFragmented()));
        object.add("cut_to_bytes", number(result.cutTo()));
        object.add("error", icmpError().map(MtuReport::text).orElse(JsonNull.INSTANCE));
        MtuResult.Counts counts = result.counts();
        object.addProperty("tries", counts.tries());
        object.addProperty("received", counts.received());
        object.addProperty("small_sent", counts.smallSent());
        object.addProperty("small_received", counts.smallReceived());
        object.addProperty("corrupted", counts.corrupted());
        object.addProperty("took_s", result.took().toMillis() / MILLIS_PER_SECOND);
        object.addProperty("interrupted", result.interrupted());
        return object;
    }

    private JsonElement size(OptionalInt payload) {
        if (payload.isEmpty()) {
            return JsonNull.INSTANCE;
        }
        JsonObject size = new JsonObject();
        size.addProperty("payload_bytes", payload.getAsInt());
        size.addProperty("packet_bytes", result.packetBytes(payload.getAsInt()));
        return size;
    }

    private static JsonElement text(String text) {
        return new JsonPrimitive(text);
    }

    private static JsonElement number(OptionalInt value) {
        return value.isPresent() ? new JsonPrimitive(value.getAsInt()) : JsonNull.INSTANCE;
    }
}
