"use strict";

/** Limits whose use can be seen; of a calm one it is no trouble to be near. */
const LIMITS = [
  {name: "connections", used: "echo_tcp_connections_open", limit: "echo_tcp_connections_limit"},
  {name: "connections of one source", used: "echo_tcp_source_connections_open",
    limit: "echo_tcp_source_connections_limit"},
  {name: "sources with a rate of their own", used: "echo_udp_sources",
    limit: "echo_udp_sources_limit"},
  {name: "connections to this port", used: "echo_admin_connections_open",
    limit: "echo_admin_connections_limit"},
  {name: "viewers of this page", used: "viewers", limit: "viewers_limit", calm: true},
  {name: "heap", used: "heap_bytes", limit: "echo_heap_bytes_limit", unit: write.memory,
    calm: true},
  {name: "direct memory", used: "direct_bytes", limit: "echo_direct_bytes_limit",
    unit: write.memory},
];

const REASONS = {
  "Datagrams dropped":
      ["echo_udp_datagrams_dropped_total", "echo_udp_receive_buffer_dropped_total"],
  "Connections rejected": ["echo_tcp_connections_rejected_total"],
  "Connections closed": ["echo_tcp_connections_closed_total"],
  "Bytes of connections dropped": ["echo_tcp_bytes_dropped_total"],
};

/** The tables under the charts: each reason, and each limit with how much of it is used. */
class Tables {
  begin({limits, info}, columns) {
    this.reasons = [];
    $("reasons").replaceChildren(...Object.entries(REASONS).map(([title, metrics]) =>
      make("table", {},
          make("thead", {}, make("tr", {}, ...[title, "a second", "in all"].map(text =>
            make("th", {scope: "col", textContent: text})))),
          make("tbody", {}, ...metrics.flatMap(metric => columns.of(metric)).map(name =>
            this.reason(name, columns.help.get(name)))))));
    this.used = [];
    $("limit-table").tBodies[0].replaceChildren(
        ...LIMITS.map(limit => this.limit(limit, limits[limit.limit])));
    $("flags").tBodies[0].replaceChildren(...Object.entries(info.limits).map(([flag, value]) =>
      make("tr", {}, make("th", {scope: "row"}, make("code", {textContent: `--${flag}`})),
          make("td", {textContent: value.replaceAll(",", ", ")}))));
  }

  reason(name, help) {
    const label = name.match(/"(\w+)"/)?.[1] ?? "receive buffer";
    const rate = make("td", {});
    const total = make("td", {});
    const row = make("tr", {},
        make("th", {scope: "row"}, label.replace("_", " "),
            make("small", {textContent: help})),
        rate, total);
    row.dataset.series = name;
    this.reasons.push({name, row, rate, total});
    return row;
  }

  limit({name, used, unit = write.count, calm}, most) {
    const now = make("td", {});
    const meter = make("meter", {min: 0, max: 1, high: calm ? 1 : 0.8, ariaLabel: name});
    this.used.push({used, unit, most, now, meter});
    return make("tr", {}, make("th", {scope: "row", textContent: name}), now,
        make("td", {textContent: unit.reading(most)}), make("td", {}, meter));
  }

  show(step) {
    for (const {name, row, rate, total} of this.reasons) {
      rate.textContent = write.count.reading(step.rate(name));
      total.textContent = write.count.reading(step.value(name));
      row.dataset.never = !step.value(name);
    }
    for (const {tBodies: [body]} of $("reasons").children) {
      sink(body, row => row.dataset.never === "true");
    }
    sink($("reasons"), table => !table.querySelector("[data-never='false']"));
    for (const {used, unit, most, now, meter} of this.used) {
      now.textContent = unit.reading(step.value(used));
      meter.value = step.value(used) / most;
    }
  }
}

/** Puts children that say nothing behind those that do; none moves that stands right. */
function sink(parent, saysNothing) {
  const all = [...parent.children];
  const sorted = [...all.filter(child => !saysNothing(child)), ...all.filter(saysNothing)];
  if (sorted.some((child, i) => child !== all[i])) {
    parent.append(...sorted);
  }
}
