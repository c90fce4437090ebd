package io.echo.client.ping;

import io.echo.client.outage.MissLog;
import io.echo.client.outage.OutageTally;
import io.echo.client.outage.Outages;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The probes of a ping that were not answered in time, and the outages that they make: of all flows
 * together, and of each.
 *
 * <p>Times are those of the plan, a whole number of intervals apart, so that the machine's own
 * delay makes no outage. Used on one thread.
 */
final class PingLosses {
    /** Probes of which it is remembered when they were due; a power of 2. */
    private static final int REMEMBERED = 1 << 16;

    private final long intervalNs;
    private final MissLog all = new MissLog();
    private final List<MissLog> each;
    private final long[] dueNs = new long[REMEMBERED];

    /** Probes that are neither answered in time nor known to be missed, and when they were due. */
    private final Map<Long, Long> open = new LinkedHashMap<>();

    private long sent;
    private long startNs;

    PingLosses(long intervalNs, int flows) {
        this.intervalNs = intervalNs;
        this.each = Stream.generate(MissLog::new).limit(flows).toList();
    }

    /** Notes the next probe, before it is sent; flows take them in turn. */
    void sent(long ns) {
        if (sent == 0) {
            startNs = ns;
        }
        dueNs[slot(sent)] = ns;
        open.put(sent, ns);
        all.sent(sent, ns);
        each.get(flow(sent)).sent(sent / each.size(), ns);
        sent++;
    }

    /** Notes that an intact reply has come in time. */
    void answered(long number) {
        open.remove(number);
    }

    /** Notes that none has; a reply that is late counts as none. */
    void missed(long number) {
        Long ns = open.remove(number);
        if (ns != null) {
            int flows = each.size();
            all.add(number, flow(number), ns, due(number - 1), due(number + 1));
            each.get(flow(number))
                    .add(
                            number / flows,
                            flow(number),
                            ns,
                            due(number - flows),
                            due(number + flows));
        }
    }

    /** Leaves out probes that may still be answered in time. */
    void keep(Set<Long> waiting) {
        waiting.forEach(open::remove);
    }

    /** Notes that all that are left are missed. */
    void end() {
        List.copyOf(open.keySet()).forEach(this::missed);
    }

    /** Returns the outages of all flows together; times are from the first probe on. */
    Outages outages() {
        return OutageTally.of(all.runs(startNs, endNs()), intervalNs);
    }

    /** Returns the outages of one flow. */
    Outages outages(int flow) {
        return OutageTally.of(
                each.get(flow).runs(startNs, endNs()), (double) intervalNs * each.size());
    }

    /** Returns when the probe after the last would have been due, at most. */
    private long endNs() {
        long nextNs = sent == 0 ? startNs : dueNs[slot(sent - 1)] + intervalNs;
        long nowNs = System.nanoTime();
        return nextNs - nowNs < 0 ? nextNs : nowNs;
    }

    private int flow(long number) {
        return (int) (number % each.size());
    }

    private long due(long number) {
        boolean known = number >= 0 && number < sent && sent - number <= REMEMBERED;
        return known ? dueNs[slot(number)] : MissLog.UNKNOWN;
    }

    private static int slot(long number) {
        return (int) number & REMEMBERED - 1;
    }
}
