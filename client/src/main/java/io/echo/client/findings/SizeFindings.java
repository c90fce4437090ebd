package io.echo.client.findings;

import io.echo.client.figures.Figures;
import io.echo.client.flow.FlowResult;
import io.echo.client.flow.Paths;
import io.echo.client.flow.SizeResult;
import io.echo.client.mtu.SizeAdvice;
import io.echo.net.Protocol;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** Words about the sizes of probes that are lost for their size. */
public final class SizeFindings {
    private static final double PERCENT = 100;

    private SizeFindings() {}

    /** Adds the sentences, those about sizes that lose everything first. */
    static void add(Paths paths, String protocol, List<String> found) {
        for (FlowResult.Fault fault : List.of(FlowResult.Fault.DEAD, FlowResult.Fault.LOSSY)) {
            List<SizeResult> bad =
                    paths.sizes().stream()
                            .filter(size -> size.fault().filter(fault::equals).isPresent())
                            .toList();
            if (!bad.isEmpty()) {
                found.add(sentence(paths, bad, fault, protocol));
            }
        }
    }

    private static String sentence(
            Paths paths, List<SizeResult> bad, FlowResult.Fault fault, String protocol) {
        boolean udp = protocol.equals(Protocol.UDP.toString());
        List<SizeResult> sizes = paths.sizes();
        boolean andMore = bad.equals(sizes.subList(sizes.size() - bad.size(), sizes.size()));
        SizeResult others = SizeResult.sum(sizes.stream().filter(size -> !size.bad()).toList());
        SizeResult all = SizeResult.sum(bad);
        String counts = say("%,d of %,d", all.lost(), all.sent());
        String advice = udp ? advice(paths, bad) : "";
        return say(
                "%s of %s %s, %s %s %%%s",
                udp ? "datagrams" : "probes",
                andMore
                        ? Figures.count(bad.get(0).fromBytes(), "byte") + " and more"
                        : bad.stream().map(SizeFindings::bytes).collect(Collectors.joining(", "))
                                + " bytes",
                fault == FlowResult.Fault.DEAD
                        ? "lost everything (" + counts + ")"
                        : say("lose %.2f %% (%s)", PERCENT * all.loss(), counts),
                andMore ? "smaller ones" : "others",
                Figures.number(PERCENT * others.loss()),
                advice);
    }

    private static String advice(Paths paths, List<SizeResult> bad) {
        Optional<String> remote =
                paths.flows().stream()
                        .map(FlowResult::remote)
                        .filter(Findings::isAddress)
                        .findFirst();
        int largest = bad.get(bad.size() - 1).toBytes();
        return SizeAdvice.isSuspect(Protocol.UDP, largest)
                ? remote.map(address -> ": " + SizeAdvice.command("udp://" + address)).orElse("")
                : "";
    }

    /** Returns a size, or a range of them. */
    public static String bytes(SizeResult size) {
        return size.fromBytes() == size.toBytes()
                ? say("%,d", size.fromBytes())
                : say("%,d to %,d", size.fromBytes(), size.toBytes());
    }

    private static String say(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }
}
