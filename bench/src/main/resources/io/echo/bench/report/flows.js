'use strict';

/* Flows against time: a row a flow, a cell a span of time. */

/** The number of probes, missed ones and their latency in each cell, row by row. */
async function unpackCells(spec) {
  const packed = Uint8Array.from(atob(spec.packed), c => c.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream('deflate'));
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  const count = spec.flows.length * spec.cells;
  let at = 0;
  const counts = () => Float64Array.from({length: count}, () => {
    let value = 0, scale = 1;
    for (; bytes[at] > 127; scale *= 128) {
      value += (bytes[at++] & 127) * scale;
    }
    return value + bytes[at++] * scale;
  });
  const sent = counts(), missed = counts();
  const us = Float64Array.from({length: count}, () => {
    const step = bytes[at++];
    return step === 0 ? NaN : spec.leastUs * Math.pow(spec.factor, step - 1);
  });
  return {sent, missed, us};
}

/** The groups of rows, top down: each bad flow by itself, or where these are many all with one
    fault together, and last all others. Bad flows have their names beside them unless there are
    more than a screen can show. Where there is no room for a row each, some flows share one.
    Measures are in pixels of the page. */
function flowLayout(flows) {
  const alone = 8, named = 32, height = 580, row = 14, head = 19, gap = 7;
  const parted = ['dead', 'stopped', 'lossy', 'slow', '']
      .map(fault => flows.flatMap((flow, i) => flow[2] === fault ? [i] : []));
  const others = parted.pop(), bad = parted.flat();
  const parts = bad.length <= alone ? bad.map(i => [i]) : parted;
  const needed = part => bad.length <= named || part.length <= alone
      ? part.length * (bad.length <= alone ? row : 12) : Math.min(200, part.length * 2);
  let y = 0, left = height;
  const groups = [...parts, others].filter(part => part.length).map(part => {
    const room = part === others ? Math.max(140, left - head - gap) : needed(part);
    const share = Math.ceil(part.length / room);
    const lines = Array.from({length: Math.ceil(part.length / share)},
        (_, line) => part.slice(line * share, (line + 1) * share));
    const each = Math.min(row, Math.max(1, Math.floor(room / lines.length)));
    const group = {fault: flows[part[0]][2], size: part.length, lines, each, share, y: y + head};
    y += head + lines.length * each + gap;
    left = height - y;
    return group;
  });
  return {groups, height: y};
}

/** Colours of the cells, as they are in the theme of the moment: 256 for latency, 256 for loss. */
function flowColours() {
  const ramp = names => {
    const ctx = make('canvas', {width: 256, height: 1}).getContext('2d');
    const gradient = ctx.createLinearGradient(0, 0, 256, 0);
    names.forEach((name, i) => gradient.addColorStop(i / (names.length - 1), colour(name)));
    ctx.fillStyle = gradient;
    ctx.fillRect(0, 0, 256, 1);
    return new Uint32Array(ctx.getImageData(0, 0, 256, 1).data.buffer);
  };
  return {latency: ramp(['fast', 'one', 'slow']), missed: ramp(['some', 'lost'])};
}

/** Puts flows into a figure: their picture, what is under the cursor, and a table of all. */
function flowPlot(figure, spec, peers) {
  const self = {spec, figure, follow: () => {}, zoom: () => {}, paint: () => {}};
  if (!spec.packed) {
    figure.append(flowTable(spec.flows));
    return self;
  }
  const {groups, height} = flowLayout(spec.flows), {cells, cellS} = spec;
  const lines = groups.flatMap(group => group.lines.map(
      (flows, i) => ({flows, top: group.y + i * group.each, height: group.each})));
  const until = i => Math.max((i + 0.5) * cellS, Math.min(spec.sentS, (i + 1) * cellS));
  const places = Array.from({length: cells}, (_, i) => (i * cellS + until(i)) / 2);
  const hint = 'Point at a cell to read it; with the keyboard, Tab to the picture and use the arrow keys.';
  const legend = make('ul', {className: 'legend'}), told = make('p', {className: 'told'}, hint);
  const reset = make('button', {type: 'button', hidden: true}, 'Whole range');
  const plot = make('div', {
    className: 'plot', tabIndex: 0, role: 'slider', 'aria-label': spec.title,
    'aria-valuemin': 0, 'aria-valuemax': lines.length * cells - 1, 'aria-valuenow': 0,
  });
  figure.append(make('div', {className: 'bar'}, legend, reset), plot, told, flowTable(spec.flows));

  let data = null, images = [], scale = null, quiet = false;
  const u = self.u = new uPlot({
    width: 600, height: 300, legend: {show: false}, padding: [2, 28, 0, 0],
    cursor: {drag: {x: true, y: false, dist: 6}, points: {show: false}},
    scales: {
      x: {time: false, range: (u, least, most) =>
        least === places[0] && most === places.at(-1) ? [0, spec.endS] : [least, most]},
      y: {range: [0, 1]},
    },
    axes: flowAxes(spec), series: [{}, {show: true, paths: () => null, points: {show: false}}],
    hooks: {
      draw: [u => data && drawFlows(u, spec, groups, images)],
      setCursor: [() => moved()],
      setScale: [(u, key) => key === 'x' && scaled()],
    },
  }, [places, places.map(() => null)], plot);
  self.height = () => height + 30;

  unpackCells(spec).then(unpacked => {
    data = unpacked;
    scale = latencyScale(data);
    legend.append(...flowLegend(data, scale, Math.max(...groups.map(group => group.share))));
    self.paint();
    plot.setAttribute('aria-valuetext', words(0, 0));
    figure.dataset.drawn = '';
  });

  /** Makes the cells in the colours of the theme, and draws them. */
  self.paint = () => {
    if (data) {
      const colours = flowColours();
      images = groups.map(group => cellImage(group.lines, cells, data, scale, colours));
      u.redraw(false);
    }
  };

  /** What a line of the picture tells of a span of time. */
  function words(line, cell) {
    const {flows} = lines[line], [first] = flows, {sent, missed, us} = sumCells(flows, cell, cells, data);
    const name = flows.length === 1 ? spec.flows[first][0]
        : `${flows.length} flows from ${spec.flows[first][0]} to ${spec.flows[flows.at(-1)][0]}`;
    const fault = spec.flows[first][2];
    return `${name}${fault && ` (${fault})`}, ${units.s.says(cell * cellS)} to `
        + `${units.s.says(until(cell))}: `
        + (sent === 0 ? 'no probe' : `${units.count.says(sent)} sent, ${units.count.says(missed)} lost or`
            + ` late, mean latency ${isNaN(us) ? '–' : units.us.says(us)}`);
  }

  const lineAt = top => {
    const found = lines.findIndex(line => top < line.top + line.height);
    return top < 0 || found < 0 || top < lines[found].top ? null : found;
  };

  /** Says what is under the cursor, here and in the charts beside it. */
  function moved() {
    const cell = u.cursor.idx ?? null, line = u.cursor.top === null ? null : lineAt(u.cursor.top);
    if (!data || quiet) {
      return;
    }
    told.textContent = cell === null || line === null ? hint : words(line, cell);
    if (cell !== null && line !== null) {
      plot.setAttribute('aria-valuenow', line * cells + cell);
      plot.setAttribute('aria-valuetext', words(line, cell));
    }
    peers(self).forEach(peer => peer.follow(cell === null ? null : places[cell]));
  }

  function quietly(act) {
    quiet = true;
    act();
    quiet = false;
  }
  const hide = () => u.setCursor({left: -10, top: -10}, true);
  const point = (line, cell) => u.setCursor(
      {left: u.valToPos(places[cell], 'x'), top: lines[line].top + lines[line].height / 2}, true);
  self.follow = value => quietly(
      () => value === null ? hide() : u.setCursor({left: u.valToPos(value, 'x'), top: -10}, true));
  self.zoom = (min, max) => quietly(() => zoom(min, max));

  function zoom(min, max) {
    u.setScale('x', {min: Math.max(0, min), max: Math.min(spec.endS, max)});
  }

  function scaled() {
    reset.hidden = u.scales.x.min <= 0 && u.scales.x.max >= spec.endS;
    if (!quiet) {
      peers(self).forEach(peer => peer.zoom(u.scales.x.min, u.scales.x.max));
    }
  }

  reset.addEventListener('click', () => {
    zoom(0, spec.endS);
    plot.focus();
  });
  plot.addEventListener('keydown', event => {
    const now = Number(plot.getAttribute('aria-valuenow'));
    const line = Math.floor(now / cells), cell = now % cells;
    const on = u.cursor.idx !== null && u.cursor.idx !== undefined && lineAt(u.cursor.top) !== null;
    const moves = {
      ArrowRight: [line, cell + 1], ArrowLeft: [line, cell - 1],
      ArrowDown: [line + 1, cell], ArrowUp: [line - 1, cell],
      PageDown: [line + 10, cell], PageUp: [line - 10, cell],
      Home: [line, 0], End: [line, cells - 1],
    };
    if (event.ctrlKey || event.altKey || event.metaKey || !data) {
      return;
    }
    const width = u.scales.x.max - u.scales.x.min, middle = places[cell];
    if (event.key in moves) {
      const [to, at] = on || event.key === 'Home' || event.key === 'End' ? moves[event.key] : [line, cell];
      point(Math.min(lines.length - 1, Math.max(0, to)), Math.min(cells - 1, Math.max(0, at)));
    } else if (event.key === '+' || event.key === '=') {
      zoom(middle - (middle - u.scales.x.min) / 2, middle + (u.scales.x.max - middle) / 2);
    } else if (event.key === '-') {
      zoom(u.scales.x.min - width / 2, u.scales.x.max + width / 2);
    } else if (event.key === 'Escape') {
      hide();
      zoom(0, spec.endS);
    } else {
      return;
    }
    event.preventDefault();
  });
  plot.addEventListener('blur', hide);
  u.over.addEventListener('pointerdown', tap);
  u.over.addEventListener('pointermove', tap);
  function tap(event) {
    if (event.pointerType === 'touch') {
      const box = u.over.getBoundingClientRect();
      u.setCursor({left: event.clientX - box.left, top: event.clientY - box.top}, true);
    }
  }
  return self;
}

/** Adds up what a cell of some flows has. */
function sumCells(flows, cell, cells, data) {
  let sent = 0, missed = 0, sum = 0, told = 0;
  for (const flow of flows) {
    const i = flow * cells + cell;
    sent += data.sent[i];
    missed += data.missed[i];
    if (data.us[i] > 0) {
      sum += data.us[i] * (data.sent[i] - data.missed[i]);
      told += data.sent[i] - data.missed[i];
    }
  }
  return {sent, missed, us: sum / told};
}

/** The latencies between which colours differ: half the median, and eight times the median or a
    millisecond above it, for less is noise of a busy machine. */
function latencyScale({us}) {
  const sorted = us.filter(value => value > 0).sort();
  const median = sorted.length ? sorted[sorted.length >> 1] : 1000;
  return {median, least: median / 2, most: Math.max(median * 8, median + 1000)};
}

/** One pixel a cell. */
function cellImage(lines, cells, data, {least, most}, colours) {
  const canvas = make('canvas', {width: cells, height: lines.length});
  const image = new ImageData(cells, lines.length), pixels = new Uint32Array(image.data.buffer);
  const place = share => Math.round(255 * Math.min(1, Math.max(0, share)));
  lines.forEach((flows, line) => {
    for (let cell = 0; cell < cells; cell++) {
      const {sent, missed, us} = sumCells(flows, cell, cells, data);
      if (sent > 0) {
        pixels[line * cells + cell] = missed > 0
            ? colours.missed[place(missed / sent)]
            : colours.latency[place(Math.log(us / least) / Math.log(most / least))];
      }
    }
  });
  canvas.getContext('2d').putImageData(image, 0, 0);
  return canvas;
}

/** Draws the groups, each under its name, and names beside those rows that are high enough. */
function drawFlows(u, spec, groups, images) {
  const {ctx, bbox} = u, dpr = devicePixelRatio, family = getComputedStyle(document.body).fontFamily;
  const left = u.valToPos(0, 'x', true), right = u.valToPos(spec.cells * spec.cellS, 'x', true);
  ctx.save();
  ctx.imageSmoothingEnabled = false;
  ctx.textBaseline = 'middle';
  groups.forEach((group, g) => {
    const top = bbox.top + group.y * dpr, each = group.each * dpr, gap = group.each < 8 ? 0 : dpr;
    flowHead(ctx, spec, group, bbox, top - 9 * dpr, dpr, family);
    ctx.save();
    ctx.beginPath();
    const edge = Math.min(bbox.left + bbox.width, u.valToPos(spec.sentS, 'x', true)); // cells may go on
    ctx.rect(bbox.left, bbox.top, Math.max(0, edge - bbox.left), bbox.height);
    ctx.clip();
    if (gap === 0) {
      ctx.drawImage(images[g], left, top, right - left, group.lines.length * each);
    }
    for (let i = 0; gap > 0 && i < group.lines.length; i++) {
      ctx.drawImage(images[g], 0, i, spec.cells, 1, left, top + i * each, right - left, each - gap);
    }
    ctx.restore();
    if (group.each >= 12 && group.size > 1) {
      ctx.fillStyle = colour('quiet');
      ctx.textAlign = 'right';
      ctx.font = `${11 * dpr}px ${family}`;
      group.lines.forEach(([flow], i) => ctx.fillText(
          ending(ctx, spec.flows[flow][0], bbox.left - 8 * dpr), bbox.left - 6 * dpr, top + (i + 0.5) * each));
    }
  });
  ctx.restore();
}

/** The name of a group above its rows: a flow and its fault, or how many there are. */
function flowHead(ctx, spec, group, bbox, y, dpr, family) {
  const [flow] = group.lines[0], [local, , fault, sent, received, , p50, , , last] = spec.flows[flow];
  const alone = group.size === 1, count = units.count.says(group.size);
  const share = group.share > 1 ? `, ${group.share} to a row` : '';
  const bad = {
    dead: 'lost everything', lossy: `lost ${units.percent.says(100 * (sent - received) / sent)}`,
    slow: `p50 ${units.us.says(p50 ?? NaN)}`, stopped: `from ${last} s on`,
  };
  const others = group.size < spec.flows.length ? 'other' : 'flow';
  const name = fault === '' ? `${count} ${others}${group.size === 1 ? '' : 's'}${share}`
      : alone ? local : `${count} ${fault}${share}`;
  ctx.textAlign = 'left';
  ctx.font = `600 ${12 * dpr}px ${family}`;
  ctx.fillStyle = colour('ink');
  const text = ending(ctx, name, bbox.width * 0.7);
  ctx.fillText(text, bbox.left, y);
  if (alone && fault !== '') {
    const at = bbox.left + ctx.measureText(text + '  ').width, more = `${fault}: ${bad[fault]}`;
    ctx.font = `${12 * dpr}px ${family}`;
    ctx.fillStyle = colour('bad');
    ctx.fillText(at + ctx.measureText(more).width > bbox.left + bbox.width ? fault : more, at, y);
  }
}

/** As much of the end of a text as there is room for. */
function ending(ctx, text, width) {
  let from = 0;
  while (from < text.length && ctx.measureText((from ? '…' : '') + text.slice(from)).width > width) {
    from++;
  }
  return (from ? '…' : '') + text.slice(from);
}

function flowAxes(spec) {
  const [x, y] = axes({x: {name: 'from the start', unit: 's'}, y: {name: '', unit: 'count'}});
  return [x, {...y, splits: () => [], values: () => [], grid: {show: false}}];
}

function flowLegend({missed}, {median, least, most}, share) {
  const time = units.us.says;
  const scale = (kind, ...words) => make('li', {}, make('span', {className: 'scale ' + kind}, ...words));
  return [
    scale('latency', `mean latency, ${time(least)} or less to ${time(most)} or more (median ${time(median)})`),
    ...missed.some(count => count > 0) ? [scale('missed', 'lost or late, some to all')] : [],
    make('li', {}, 'blank: no probe'),
  ];
}

/** The figures of all flows. */
function flowTable(flows) {
  const several = new Set(flows.map(flow => flow[1])).size > 1;
  const number = name => ({name, number: true});
  const columns = [
    {name: 'flow'}, ...several ? [{name: 'to'}] : [], {name: 'fault'}, number('sent'), number('received'),
    number('late'), number('lost (%)'), number('p50 (us)'), number('p99 (us)'), number('first reply (s)'),
    number('last reply (s)'), number('longest outage (ms)'),
  ];
  const bad = flows[0][2] === '' ? '' : ', the bad ones first';
  return pagedTable(`${units.exact(flows.length)} flows${bad}`, columns, flows.length, i => {
        const [local, remote, fault, sent, received, late, ...times] = flows[i];
        return [local, ...several ? [remote] : [], fault || '–', ...[sent, received, late].map(units.exact),
          units.exact(sent ? 100 * (sent - received) / sent : null),
          ...times.map(time => time === null ? '–' : units.exact(time))];
      });
}
