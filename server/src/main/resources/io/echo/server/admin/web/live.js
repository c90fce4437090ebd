"use strict";

const rates = (metric, name, look) =>
    ({name, value: step => step.rate(metric), ...look});
const times = histogram => [
  {name: "p50", colour: "one", value: step => step.quantile(0.5, histogram)},
  {name: "p99", colour: "two", value: step => step.quantile(0.99, histogram)},
];
const goesIn = {colour: "one", area: true, width: 4}; // What goes out lies upon it.
const goesOut = {colour: "good"};
const isLost = {colour: "bad", dash: [4, 3]};

const CHARTS = {
  "udp-charts": [
    {title: "Datagrams a second", unit: write.count, lines: [
      rates(`${UDP}_received_total`, "received", goesIn),
      rates(`${UDP}_echoed_total`, "echoed", goesOut),
      rates(`${UDP}_dropped_total`, "dropped", isLost),
      {...rates("echo_udp_bytes_received_total", "payload in"), unit: write.bytes},
    ]},
    {title: "Echo time", unit: write.time, logarithmic: true,
      lines: times('echo_time_seconds{protocol="udp"}')},
  ],
  "tcp-charts": [
    {title: "Bytes a second", unit: write.bytes, lines: [
      rates("echo_tcp_bytes_received_total", "received", goesIn),
      rates("echo_tcp_bytes_echoed_total", "echoed", goesOut),
      {name: "waiting for peers", value: step => step.value("echo_tcp_bytes_pending")},
    ]},
    {title: "Echo time", unit: write.time, logarithmic: true,
      lines: times('echo_time_seconds{protocol="tcp"}')},
  ],
  "server-charts": [
    {title: "Connections", unit: write.count, lines: [
      {name: "open", value: step => step.value(`${TCP}_open`), colour: "one", area: true},
      rates(`${TCP}_accepted_total`, "new a second"),
      rates(`${TCP}_rejected_total`, "rejected a second"),
    ]},
    {title: "Event-loop lag", unit: write.time, logarithmic: true,
      lines: times("echo_loop_lag_seconds")},
  ],
};

const timeline = new Timeline(Object.entries(CHARTS).flatMap(
    ([place, specs]) => specs.map(spec => new Chart($(place), spec, $("spoken")))));
const verdict = new Verdict();
const tables = new Tables();

let head = null;
let columns = null;
let before = null;
let latest = null;
let paused = false;
let frame = 0;

function show() {
  frame = 0;
  if (!latest || paused) {
    return;
  }
  timeline.draw();
  tables.show(latest);
  $("facts").textContent = facts();
}

function showSoon() {
  frame ||= requestAnimationFrame(show);
}

function facts() {
  const {version, commit, transport, loops, jdk, started} = head.info;
  const now = latest?.time ?? Date.now() / 1000;
  const up = Math.max(0, Math.round(now - Date.parse(started) / 1000));
  const [days, hours, minutes] = [up / 86400, up / 3600 % 24, up / 60 % 60].map(Math.floor);
  const since = days ? `${days} d ${hours} h`
      : hours ? `${hours} h ${minutes} min` : minutes ? `${minutes} min` : `${up} s`;
  return `${version} (${commit}), ${transport}, ${loops} loops, JDK ${jdk}, up ${since}`;
}

listen({
  head(told) {
    if (head && head.page !== told.page) {
      location.reload(); // Another version of the server has another page.
    }
    if (head?.info.started !== told.info.started) {
      before = latest = null;
    }
    verdict.begin(told, head);
    head = told;
    columns = new Columns(told);
    tables.begin(told, columns);
    $("facts").textContent = facts();
  },
  row(numbers) {
    if (before && numbers[1] <= before[1]) {
      return; // Known: who comes back is sent everything again.
    }
    if (before) {
      latest = new Step(columns, before, numbers);
      timeline.add(latest);
      showSoon();
    }
    verdict.hear(numbers, columns, head.limits);
    before = numbers;
  },
  state: text => verdict.state(text),
  lost: why => verdict.lost(why, before && before[0] / 1000),
});

document.querySelectorAll("a").forEach(link => {
  link.href = new URL(link.getAttribute("href"), here());
});

$("pause").addEventListener("click", () => {
  paused = !paused;
  $("pause").setAttribute("aria-pressed", paused);
  showSoon();
});

const dark = matchMedia("(prefers-color-scheme: dark)");
const root = document.documentElement;
const isDark = () => (root.style.colorScheme || (dark.matches ? "dark" : "light")) === "dark";

function turned() {
  $("theme").textContent = isDark() ? "Light" : "Dark";
  timeline.redraw();
}

$("theme").addEventListener("click", () => {
  root.style.colorScheme = isDark() ? "light" : "dark";
  turned();
});
dark.addEventListener("change", turned);
turned();
