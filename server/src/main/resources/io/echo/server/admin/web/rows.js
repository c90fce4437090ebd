"use strict";

const UDP = "echo_udp_datagrams";
const TCP = "echo_tcp_connections";

const $ = id => document.getElementById(id);

/** An element with its content. */
function make(tag, properties, ...content) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...content);
  return element;
}

/** The columns of the rows that a server sends, by the names of /metrics. */
class Columns {
  constructor({series, histograms, bounds}) {
    this.at = new Map([["time", 0], ["clock", 1]]);
    series.forEach(({name}) => this.at.set(name, this.at.size));
    this.help = new Map(series.map(({name, help}) => [name, help]));
    this.buckets = new Map(
        histograms.map((name, i) => [name, this.at.size + i * (bounds.length + 1)]));
    this.bounds = bounds;
  }

  /** The names of a metric's series, one for each reason. */
  of(metric) {
    return [...this.at.keys()].filter(name => name === metric || name.startsWith(metric + "{"));
  }
}

/** From one row to the next: what stands now, and what has happened between them. */
class Step {
  constructor(columns, before, row) {
    Object.assign(this, {columns, before, row});
    this.time = row[0] / 1000;
    this.seconds = (row[1] - before[1]) / 1000;
  }

  value(name) {
    return this.row[this.columns.at.get(name)];
  }

  /** How many more, over all reasons where only the metric is named. */
  count(metric) {
    return this.columns.of(metric)
        .map(name => this.columns.at.get(name))
        .reduce((sum, i) => sum + this.row[i] - this.before[i], 0);
  }

  /** The same, per second. */
  rate(metric) {
    return this.count(metric) / this.seconds;
  }

  /** In seconds, as histogram_quantile of Prometheus; null of nothing. */
  quantile(q, histogram) {
    const {buckets, bounds} = this.columns;
    const from = buckets.get(histogram);
    const counts = Array.from(
        {length: bounds.length + 1}, (_, i) => this.row[from + i] - this.before[from + i]);
    let rank = q * counts.reduce((sum, n) => sum + n, 0);
    if (!rank) {
      return null;
    }
    let i = 0;
    while (i < bounds.length && rank > counts[i]) {
      rank -= counts[i++];
    }
    const low = i ? bounds[i - 1] : 0;
    return i < bounds.length ? low + (bounds[i] - low) * rank / counts[i] : low;
  }
}

const grouped = new Intl.NumberFormat("en", {maximumFractionDigits: 0});
const short = new Intl.NumberFormat("en", {notation: "compact", maximumFractionDigits: 1});

const scaled = (value, units, base) => {
  let i = 0;
  for (; i < units.length - 1 && value >= base * 0.9995; i++) {
    value /= base;
  }
  return `${value.toFixed(i && value < 100 ? 1 : 0)} ${units[i]}`;
};

/** How numbers are written; in the axis of a chart more briefly. */
const write = {
  count: {reading: v => grouped.format(v), axis: v => short.format(v)},
  bytes: {
    reading: v => scaled(v, ["B", "kB", "MB", "GB", "TB"], 1000),
    axis: v => scaled(v, ["B", "kB", "MB", "GB", "TB"], 1000).replace(".0 ", " "),
  },
  memory: {reading: v => scaled(v, ["B", "KiB", "MiB", "GiB", "TiB"], 1024)},
  time: {
    reading: v => v < 0.9995e-3 ? `${(v * 1e6).toFixed(v < 9.95e-6 ? 1 : 0)} us`
        : v < 0.9995 ? `${(v * 1e3).toFixed(v < 9.95e-3 ? 1 : 0)} ms`
        : `${v.toFixed(1)} s`,
    axis: v => v < 1e-3 ? `${Number((v * 1e6).toPrecision(1))} us` : v < 1 ? `${Math.round(v * 1e3)} ms`
        : `${Math.round(v)} s`,
  },
};

const clock = seconds =>
    new Date(seconds * 1000).toLocaleTimeString("en-GB", {hour12: false});
