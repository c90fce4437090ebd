'use strict';

/* What a number is: how it reads under the cursor, on an axis, and in a table, whose heads have the
   unit. A decimal point whatever the locale. */
const units = (() => {
  const grouped = new Intl.NumberFormat('en-US', {maximumFractionDigits: 3});
  const number = v => Math.abs(v) >= 1000
      ? grouped.format(Math.round(v)) : grouped.format(Number(v.toPrecision(4)));
  const time = v => {
    const size = Math.abs(v);
    return size < 1e3 ? number(v) + ' us' : size < 1e6 ? number(v / 1e3) + ' ms' : number(v / 1e6) + ' s';
  };
  const clock = v => {
    const s = Math.floor(v), pad = n => String(n).padStart(2, '0');
    const minutes = pad(Math.floor(s / 60) % 60) + ':' + pad(s % 60);
    return s < 60 ? number(v) + ' s' : s < 3600 ? minutes : Math.floor(s / 3600) + ':' + minutes;
  };
  const short = v => v >= 1e6 ? number(v / 1e6) + 'M' : v >= 1e3 ? number(v / 1e3) + 'k' : number(v);
  const percentile = v => {
    const rest = Math.pow(10, -v);
    return Number((100 - 100 * rest).toFixed(Math.max(0, Math.ceil(v - 0.01)))) + ' %';
  };
  return {
    us: {says: time, tick: time, head: ' (us)'},
    s: {says: clock, tick: clock, head: ' (s)'},
    rate: {says: v => number(v) + '/s', tick: v => short(v) + '/s', head: ' (1/s)'},
    count: {says: number, tick: short, head: ''},
    percent: {says: v => number(v) + ' %', tick: v => number(v) + ' %', head: ' (%)'},
    nines: {says: percentile, tick: percentile, head: ''},
    exact: v => v === null ? '' : grouped.format(v),
  };
})();

/* Colours come from the style sheet, as they are in the theme of the moment. */
const colour = (() => {
  const probe = document.createElement('span');
  probe.hidden = true;
  document.body.append(probe);
  return name => {
    probe.style.color = `var(--${name})`;
    return getComputedStyle(probe).color;
  };
})();

const looks = {
  one: {colour: 'one', width: 2},
  two: {colour: 'two', width: 2, dash: [7, 4]},
  two_filled: {colour: 'two', width: 2, dash: [7, 4], filled: true},
  three: {colour: 'three', width: 1.5, dash: [2, 3]},
  extreme: {colour: 'extreme', width: 1},
  one_run: {run: true, colour: 'one', width: 1, alpha: 0.6},
  two_run: {run: true, colour: 'two', width: 1, dash: [7, 4], alpha: 0.6},
  bars: {colour: 'bad', width: 0, bars: true},
  span: {colour: 'shade', width: 0, bars: true},
};

/** Makes an element with properties and children. */
function make(tag, properties, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties ?? {})) {
    name in element ? element[name] = value : element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

/** A sample of a line as the chart draws it. */
function sample(look) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  const line = document.createElementNS('http://www.w3.org/2000/svg', look.bars ? 'rect' : 'path');
  const attributes = look.bars
      ? {x: 8, y: 0, width: 9, height: 11}
      : {d: 'M0 6H26', fill: 'none', 'stroke-dasharray': (look.dash ?? []).join(' ')};
  svg.setAttribute('viewBox', '0 0 26 11');
  svg.setAttribute('aria-hidden', 'true');
  Object.entries(attributes).forEach(([name, value]) => line.setAttribute(name, value));
  line.style[look.bars ? 'fill' : 'stroke'] = `var(--${look.colour})`;
  line.style.strokeWidth = look.width;
  line.style.opacity = look.alpha ?? 1;
  svg.append(line);
  return svg;
}

/** The range of an axis: for a logarithm from a 1, 2 or 5 to another, else from zero. */
function range(axis, least, most, marks) {
  if (least === null || !isFinite(least)) {
    return axis.logarithmic ? [1, 10] : [0, 1];
  }
  const near = marks.filter(at => at !== null
      && (axis.logarithmic ? at > least / 20 && at < most * 20 : at < most * 2));
  const low = Math.min(least, ...near), high = Math.max(most, ...near);
  if (!axis.logarithmic) {
    return [Math.min(0, low * 1.05), high > 0 ? high * 1.08 : 1];
  }
  const step = (value, up) => {
    const decade = Math.pow(10, Math.floor(Math.log10(value)));
    const steps = [1, 2, 5, 10].map(n => n * decade);
    return up ? steps.find(n => n >= value * 1.02) ?? 20 * decade
        : steps.findLast(n => n <= value / 1.02) ?? decade / 2;
  };
  return [step(low, false), step(high, true)];
}

/** Where the percentiles of an axis stand: every nine that has room, and the median. */
function percentiles(u, axis, least, most) {
  const room = u.bbox.width / devicePixelRatio / (most - least), every = Math.ceil(52 / room);
  const nines = [...Array(10).keys()].filter(n => n % every === 0), median = Math.log10(2);
  const seen = [...nines, ...(median * room > 44 ? [median] : [])].sort((a, b) => a - b)
      .filter(n => n >= least && n <= most);
  return seen.length > 1 ? seen : [least, (least + most) / 2, most];
}

/** Where a logarithmic axis is split: at each 1, 2 and 5 if there is room, or at some decades. */
function decades(u, axis, least, most) {
  const {width, height} = u.over.getBoundingClientRect();
  const room = (u.axes[axis].side % 2 ? height : width) / Math.log10(most / least);
  const leads = room > 90 ? [1, 2, 5] : [1], every = Math.max(1, Math.ceil(26 / room));
  const found = [];
  for (let e = Math.floor(Math.log10(least)); e <= Math.log10(most); e++) {
    if (e % every === 0) {
      found.push(...leads.map(lead => Number(lead + 'e' + e)));
    }
  }
  return found.filter(v => v >= least && v <= most);
}

/** Whole seconds, and what clocks make of them. */
const seconds = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400];

/** Blocks from one place to the next, since a place is where a span ends; of those that share a
    pixel the highest. */
function blocks(u, series, first, last) {
  const fill = new Path2D(), floor = u.valToPos(0, 'y', true);
  const draw = ({left, width, top}) => {
    const gap = Math.min(devicePixelRatio, width / 4);
    fill.rect(left + gap, top, Math.max(1, width - 2 * gap), floor - top);
  };
  let block = null;
  for (let i = first; i <= last; i++) {
    const value = u.data[series][i];
    if (value) {
      const left = u.valToPos(i === 0 ? 0 : u.data[0][i - 1], 'x', true);
      const width = u.valToPos(u.data[0][i], 'x', true) - left;
      const top = u.valToPos(value, 'y', true);
      if (block && Math.floor(block.left) === Math.floor(left)) {
        block.top = Math.min(block.top, top);
        continue;
      }
      block && draw(block);
      block = {left, width, top};
    }
  }
  block && draw(block);
  return {stroke: null, fill, clip: null, flags: 1};
}

/** The axes as the plot library takes them. */
function axes(spec) {
  const font = '12px ' + getComputedStyle(document.body).fontFamily;
  const whole = [...Array(13).keys()].flatMap(e => [10 ** e, 2 * 10 ** e, 5 * 10 ** e]);
  const axis = (of, more) => ({
    stroke: () => colour('quiet'), font, gap: 6, ticks: {show: false},
    grid: {stroke: () => colour('line'), width: 1},
    values: (u, splits) => splits.map(units[of.unit].tick),
    ...(of.logarithmic ? {splits: decades, filter: (u, splits) => splits} : {}),
    ...(of.unit === 'nines' ? {splits: percentiles} : {}),
    ...(of.unit === 's' ? {incrs: seconds} : {}),
    ...(of.unit === 'count' ? {incrs: whole} : {}),
    ...more,
  });
  return [axis(spec.x, {space: 64, size: 28}), axis(spec.y, {space: 34, size: 60})];
}

/** The series as the plot library takes them. */
function lines(spec) {
  return [{}, ...spec.series.map(series => {
    const look = looks[series.look];
    const stroke = () => colour(look.colour);
    return {
      label: series.name, stroke, width: look.width, dash: look.dash, alpha: look.alpha ?? 1,
      points: {size: 5, fill: stroke, ...(series.marked || look.bars ? {show: false} : {})},
      ...(look.bars ? {fill: stroke, paths: blocks} : {}),
    };
  })];
}

/** Shades spans of the x axis, behind everything, with words where there is room for them. */
function shade(u, spec) {
  const {ctx, bbox} = u, dpr = devicePixelRatio, right = bbox.left + bbox.width;
  const within = x => Math.min(right, Math.max(bbox.left, x));
  const words = !spec.series.some(series => looks[series.look].bars); // they would cover them
  let free = bbox.left;
  ctx.save();
  ctx.textBaseline = 'top';
  ctx.font = `${12 * dpr}px ${getComputedStyle(document.body).fontFamily}`;
  for (const span of [...spec.spans].sort((a, b) => a.from - b.from)) {
    const from = u.valToPos(span.from, 'x', true), to = u.valToPos(span.to, 'x', true);
    if (to < bbox.left || from > right) {
      continue;
    }
    const left = within(from), width = Math.max(2 * dpr, within(to) - left);
    ctx.fillStyle = colour('shade');
    ctx.fillRect(left, bbox.top, width, bbox.height);
    const wide = ctx.measureText(span.label).width + 8 * dpr;
    const at = Math.min(left + 4 * dpr, right - wide);
    if (at >= free && words) {
      ctx.fillStyle = colour('bad');
      ctx.fillText(span.label, at, bbox.top + 3 * dpr);
      free = at + wide;
    }
  }
  ctx.restore();
}

/** Draws what stands in the picture besides lines: bounds, places, and how each place stands. */
function annotate(u, spec) {
  const {ctx} = u, dpr = devicePixelRatio;
  ctx.save();
  ctx.lineWidth = dpr;
  ctx.textAlign = 'left';
  ctx.font = `${12 * dpr}px ${getComputedStyle(document.body).fontFamily}`;
  ctx.strokeStyle = ctx.fillStyle = colour('ink');
  for (const mark of spec.marks) {
    drawMark(u, mark, dpr);
  }
  const marked = spec.series.findIndex(series => series.marked);
  spec.states.forEach((state, i) => {
    const value = u.data[marked + 1]?.[i];
    if (value !== null && value !== undefined) {
      drawState(ctx, state, u.valToPos(u.data[0][i], 'x', true), u.valToPos(value, 'y', true), dpr);
    }
  });
  ctx.restore();
}

function drawMark(u, mark, dpr) {
  const {ctx, bbox} = u, right = bbox.left + bbox.width, bottom = bbox.top + bbox.height;
  const x = mark.x === null ? null : Math.round(u.valToPos(mark.x, 'x', true));
  const y = mark.y === null ? null : Math.round(u.valToPos(mark.y, 'y', true));
  if (x !== null && (x < bbox.left || x > right) || y !== null && (y < bbox.top || y > bottom)) {
    return;
  }
  const place = x !== null && y !== null, reach = 14 * dpr;
  ctx.setLineDash(place ? [] : [4 * dpr, 4 * dpr]);
  ctx.beginPath();
  ctx.moveTo(place ? x - reach : x ?? bbox.left, y ?? bbox.top);
  ctx.lineTo(place ? x + reach : x ?? right, y ?? bottom);
  ctx.lineWidth = (place ? 2 : 1) * dpr;
  ctx.stroke();
  label(u, mark.label, x ?? bbox.left, y ?? bottom);
}

/** Words beside a place and above it, where there is room, on paper of their own. */
function label(u, text, x, y) {
  const {ctx, bbox} = u, dpr = devicePixelRatio, gap = 5 * dpr, height = 17 * dpr;
  const width = ctx.measureText(text).width;
  const left = x + width + 2 * gap > bbox.left + bbox.width ? x - width - gap : x + gap;
  const top = y - height - 1 < bbox.top ? y + 2 : y - height - 1;
  ctx.save();
  ctx.fillStyle = colour('paper');
  ctx.globalAlpha = 0.85;
  ctx.fillRect(left - gap / 2, top, width + gap, height);
  ctx.restore();
  ctx.textBaseline = 'middle';
  ctx.fillText(text, left, top + height / 2);
}

/** A disc, a triangle or a cross. */
function drawState(ctx, state, x, y, dpr) {
  const r = 5.5 * dpr;
  ctx.setLineDash([]);
  ctx.lineWidth = 2 * dpr;
  ctx.strokeStyle = ctx.fillStyle = colour(state === 'good' ? 'good' : 'bad');
  ctx.beginPath();
  if (state === 'good') {
    ctx.arc(x, y, r, 0, 2 * Math.PI);
    ctx.fill();
  } else if (state === 'missed') {
    ctx.moveTo(x, y - r);
    ctx.lineTo(x + r, y + r);
    ctx.lineTo(x - r, y + r);
    ctx.fill();
  } else {
    ctx.moveTo(x - r, y - r);
    ctx.lineTo(x + r, y + r);
    ctx.moveTo(x + r, y - r);
    ctx.lineTo(x - r, y + r);
    ctx.stroke();
  }
}
