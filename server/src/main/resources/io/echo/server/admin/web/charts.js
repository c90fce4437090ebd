"use strict";

/** Seconds that are drawn at most, and at least: a page just opened has something to see. */
const KEPT = 300;
const LEAST = 60;

/** Steps of an axis: what is counted has no fractions. */
const WHOLE = [...Array(13).keys()].flatMap(e => [10 ** e, 2 * 10 ** e, 5 * 10 ** e]);

/** The colours of the theme, as the canvas needs them. */
const colours = {
  known: new Map(),
  of(name) {
    if (!this.known.has(name)) {
      const probe = document.body.appendChild(document.createElement("i"));
      probe.style.color = `var(--${name})`;
      this.known.set(name, getComputedStyle(probe).color);
      probe.remove();
    }
    return this.known.get(name);
  },
  /** The same, so much of it. */
  share: (name, percent) =>
      `color-mix(in srgb, ${colours.of(name)} ${percent}%, transparent)`,
};

/** Where a value has a hole on both sides, so that no line leads to it. */
function alone(values) {
  const hole = i => (values[i] ?? null) === null;
  return [...values.keys()].filter(i => !hole(i) && hole(i - 1) && hole(i + 1));
}

/**
 * A chart of the last minutes under its numbers of now, or of the moment under the pointer.
 *
 * A line has a name, a colour, and a value of a step; without a colour it is a number only. With
 * the chart in focus the arrow keys move through it, and what they find is spoken.
 */
class Chart {
  constructor(place, {title, unit, lines, logarithmic = false}, spoken) {
    Object.assign(this, {title, unit, lines, logarithmic, spoken});
    this.values = lines.map(() => []);
    this.readings = lines.map(() => make("dd", {textContent: "–"}));
    this.moment = make("span", {className: "moment"});
    this.plot = make("div", {className: "plot", tabIndex: 0});
    this.plot.setAttribute("role", "img");
    this.plot.setAttribute("aria-label", `${title}, the last five minutes`);
    place.append(make("figure", {},
        make("figcaption", {}, make("h3", {textContent: title}), this.moment),
        make("dl", {}, ...lines.map(({name, colour = "none"}, i) => {
          const term = make("dt", {textContent: name});
          term.dataset.colour = colour;
          return make("div", {}, term, this.readings[i]);
        })),
        this.plot));
    this.plot.addEventListener("keydown", event => this.press(event));
    this.plot.addEventListener("blur", () => this.point(null));
    this.drawn = new uPlot(this.options(), [[], ...lines.map(() => [])], this.plot);
    new ResizeObserver(() => this.fit()).observe(this.plot);
  }

  options() {
    const axis = {
      stroke: () => colours.of("quiet"),
      grid: {stroke: () => colours.of("line"), width: 1},
      ticks: {show: false},
      font: "11px system-ui, sans-serif",
    };
    return {
      width: Math.max(this.plot.clientWidth, 200),
      height: 150,
      legend: {show: false},
      cursor: {
        sync: {key: "echo"}, drag: {x: false, y: false}, y: false,
        points: {size: 7, fill: (u, i) => `var(--${this.lines[i - 1].colour})`},
      },
      scales: {
        x: {time: true, range: u => span(u.data[0])},
        y: this.logarithmic
            ? {distr: 3, range: (u, least, most) => this.decades(least, most)}
            : {range: (u, least, most) => [0, Math.max(most * 1.08, 1)]},
      },
      axes: [
        {...axis, space: 60, size: 24,
          values: (u, all) => all.map(t => t % 60 ? clock(t) : clock(t).slice(0, 5))},
        {...axis, size: 54, gap: 4, space: 28,
          ...(this.logarithmic
              ? {splits: (u, axis, least, most) => powers(least, most), filter: (u, all) => all}
              : {incrs: WHOLE}),
          values: (u, all) => all.map(v => this.unit.axis(v))},
      ],
      series: [{}, ...this.lines.map(line => this.series(line))],
      hooks: {setCursor: [() => this.read()]},
      padding: [6, 26, 0, 0], // to the right half a label of the time
    };
  }

  series({colour, area = false, dash = [], width = 1.5}) {
    const stroke = () => colours.of(colour);
    return {
      show: colour !== undefined,
      stroke,
      fill: area ? () => colours.share(colour, 14) : undefined,
      width,
      dash,
      points: {show: false, size: 4, fill: stroke, filter: (u, i) => alone(u.data[i])},
    };
  }

  decades(least, most) {
    const low = Math.floor(Math.log10(least ?? 1e-6));
    return [10 ** low, 10 ** Math.max(low + 1, Math.ceil(Math.log10(most ?? 1e-3)))];
  }

  /** Takes in what a step says; null for a hole. */
  add(step) {
    this.lines.forEach(({value}, i) => this.values[i].push(step && value(step)));
  }

  forget(count) {
    this.values.forEach(values => values.splice(0, count));
  }

  draw(times) {
    this.drawn.setData([[...times], ...this.values.map(values => [...values])]);
    this.read();
  }

  redraw() {
    this.drawn.redraw(false, true);
  }

  fit() {
    const width = this.plot.clientWidth;
    if (width && width !== this.drawn.width) {
      this.drawn.setSize({width, height: this.drawn.height});
    }
  }

  /** Shows the numbers at the pointer, or the last. */
  read() {
    const [times, ...lines] = this.drawn.data;
    const at = this.drawn.cursor.idx;
    const i = at ?? times.length - 1;
    lines.forEach((values, line) => {
      const value = values[i];
      this.readings[line].textContent =
          value === null || value === undefined ? "–" : this.unitOf(line).reading(value);
    });
    this.moment.textContent = at === null || at === undefined ? "" : clock(times[at]);
  }

  unitOf(line) {
    return this.lines[line].unit ?? this.unit;
  }

  press(event) {
    const last = this.drawn.data[0].length - 1;
    const at = this.drawn.cursor.idx ?? last;
    const to = {
      ArrowLeft: at - 1, ArrowRight: at + 1, PageUp: at - 30, PageDown: at + 30,
      Home: 0, End: last, Escape: null,
    }[event.key];
    if (to === undefined || last < 0) {
      return;
    }
    event.preventDefault();
    this.point(to === null ? null : Math.min(Math.max(to, 0), last));
    this.spoken.textContent = to === null ? "" : [
      this.moment.textContent,
      ...this.lines.map(({name}, i) => `${name} ${this.readings[i].textContent}`),
    ].join(", ");
  }

  /** Moves the pointer to a moment, or away. */
  point(i) {
    const left = i === null ? -10 : this.drawn.valToPos(this.drawn.data[0][i], "x");
    this.drawn.setCursor({left, top: i === null ? -10 : 10});
  }
}

/** From the first moment to the last. (uPlot offers a day where there is but one.) */
function span(times) {
  const last = times.at(-1) ?? Date.now() / 1000;
  return [last - Math.min(KEPT, Math.max(LEAST, last - (times[0] ?? last))), last];
}

/** The powers of ten from one to another. */
function powers(least, most) {
  const [low, high] = [least, most].map(v => Math.round(Math.log10(v)));
  return Array.from({length: high - low + 1}, (_, i) => 10 ** (low + i));
}

/** Charts over the same minutes. */
class Timeline {
  constructor(charts) {
    this.charts = charts;
    this.times = [];
  }

  /** Takes in what a step says; where seconds are missing the lines have a hole. */
  add(step) {
    const last = this.times.at(-1);
    if (step.time <= last) { // A clock was set back.
      this.forget(this.times.length);
    } else if (step.time - last > 2.5) {
      this.push(last + 1, null);
    }
    this.push(step.time, step);
  }

  push(time, step) {
    this.times.push(time);
    this.charts.forEach(chart => chart.add(step));
    this.forget(this.times.findIndex(t => t > time - KEPT - 1));
  }

  forget(count) {
    this.times.splice(0, count);
    this.charts.forEach(chart => chart.forget(count));
  }

  draw() {
    this.charts.forEach(chart => chart.draw(this.times));
  }

  redraw() {
    colours.known.clear();
    this.charts.forEach(chart => chart.redraw());
  }
}
