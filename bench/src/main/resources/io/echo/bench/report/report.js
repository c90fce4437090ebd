'use strict';

/* Puts a chart into each figure that asks for one: a plot, a legend with what is under the cursor,
   and a table of all of it. */
(() => {
  const specs = new Map(
      JSON.parse(document.getElementById('charts').textContent).map(spec => [spec.id, spec]));
  const charts = [...document.querySelectorAll('figure.chart')]
      .map(figure => {
        const spec = specs.get(figure.dataset.chart);
        return (spec.flows ? flowPlot : chart)(figure, spec, self => peers(self));
      });
  const peers = one => one.spec.group === ''
      ? [] : charts.filter(other => other !== one && other.spec.group === one.spec.group);

  function chart(figure, spec) {
    const bars = spec.series.every(series => looks[series.look].bars);
    const self = {
      spec, figure, quiet: false, height: room => bars ? 130 : room < 500 ? 240 : 300,
      follow: () => {}, zoom: () => {},
    };
    const x = units[spec.x.unit], y = units[spec.y.unit];
    const at = make('data', {className: 'at'});
    const told = legend(spec);
    const reset = make('button', {type: 'button', hidden: true}, 'Whole range');
    const plot = make('div', {
      className: 'plot', tabIndex: 0, role: 'slider', 'aria-label': spec.title,
      'aria-valuemin': 0, 'aria-valuemax': Math.max(0, spec.places.length - 1),
    });
    figure.append(
        make('div', {className: 'bar'},
            make('ul', {className: 'legend'},
                ...told.map(entry => entry.item),
                ...spec.spans.length ? [make('li', {}, sample(looks.span), ' outage')] : [],
                make('li', {className: 'at'}, at)),
            reset),
        plot, table(spec));

    const columns = [spec.places, ...spec.series.map(series => series.values)];
    const u = self.u = new uPlot({
      width: 600, height: 300, legend: {show: false}, padding: [12, 28, 0, 0],
      cursor: {
        y: false, drag: {x: true, y: false, dist: 6},
        points: {size: 8, fill: (u, i) => `var(--${looks[spec.series[i - 1].look].colour})`},
      },
      scales: {
        x: {
          time: false, distr: spec.x.logarithmic ? 3 : 1,
          range: (u, least, most) => whole(spec, least, most),
        },
        y: {
          distr: spec.y.logarithmic ? 3 : 1,
          range: (u, least, most) => range(spec.y, least, most, spec.marks.map(mark => mark.y)),
        },
      },
      axes: axes(spec), series: lines(spec),
      bands: spec.series.flatMap((series, i) => looks[series.look].filled
          ? [{series: [i, i + 1], fill: () => colour('tint')}] : []),
      hooks: {
        drawClear: [u => shade(u, spec)],
        draw: [u => annotate(u, spec)],
        setCursor: [() => moved()],
        setScale: [(u, key) => key === 'x' && zoomed()],
      },
    }, columns, plot);

    /** Says what is under the cursor, here and in the charts beside it. */
    function moved() {
      const i = u.cursor.idx;
      at.value = i === null ? '' : spec.places[i];
      at.textContent = i === null ? '' : place(i);
      told.forEach(entry => entry.tell(i));
      if (i !== null) {
        plot.setAttribute('aria-valuenow', i);
        plot.setAttribute('aria-valuetext', words(i));
      }
      if (!self.quiet) {
        peers(self).forEach(peer => peer.follow(i === null ? null : spec.places[i]));
      }
    }

    const place = i => (spec.x.unit === 'nines' || spec.x.unit === 'rate' ? 'at ' : 'until ')
        + x.says(spec.places[i]);
    const words = i => place(i) + ': ' + spec.series.map(series => series.name + ' '
        + (series.values[i] === null ? 'none' : y.says(series.values[i]))).join(', ');

    self.follow = value => quietly(() => value === null ? hide() : point(u.valToIdx(value)));
    self.zoom = (min, max) => quietly(() => u.setScale('x', {min, max}));
    self.paint = () => u.batch(() => u.redraw(false));

    function quietly(act) {
      self.quiet = true;
      act();
      self.quiet = false;
    }

    const hide = () => u.setCursor({left: -10, top: -10}, true);
    const point = i => u.setCursor({left: u.valToPos(spec.places[i], 'x'), top: 1}, true);
    const all = whole(spec, spec.places[0], spec.places.at(-1));

    function zoomed() {
      const [least, most] = all;
      reset.hidden = u.scales.x.min <= least && u.scales.x.max >= most;
      if (!self.quiet) {
        peers(self).forEach(peer => peer.zoom(u.scales.x.min, u.scales.x.max));
      }
    }

    /** Zooms about the cursor; below 1 is closer. */
    function zoom(factor) {
      const [least, most] = all;
      const middle = spec.places[u.cursor.idx ?? u.valToIdx((u.scales.x.min + u.scales.x.max) / 2)];
      const low = middle - (middle - u.scales.x.min) * factor;
      const high = middle + (u.scales.x.max - middle) * factor;
      u.setScale('x', {min: Math.max(least, low), max: Math.min(most, high)});
    }

    const showAll = () => u.setScale('x', {min: all[0], max: all[1]});
    reset.addEventListener('click', () => {
      showAll();
      plot.focus();
    });

    plot.addEventListener('keydown', event => {
      const [first, last] = [u.valToIdx(u.scales.x.min), u.valToIdx(u.scales.x.max)];
      const width = Math.max(1, u.bbox.width / devicePixelRatio);
      const step = Math.max(1, Math.round((last - first) / width)); // at least a pixel
      const now = u.cursor.idx ?? first - step;
      const moves = {
        ArrowRight: now + step, ArrowUp: now + step, ArrowLeft: now - step, ArrowDown: now - step,
        PageUp: now + Math.ceil((last - first) / 10), PageDown: now - Math.ceil((last - first) / 10),
        Home: first, End: last,
      };
      if (event.ctrlKey || event.altKey || event.metaKey) {
        return;
      }
      if (event.key in moves) {
        point(Math.min(last, Math.max(first, moves[event.key])));
      } else if (event.key === '+' || event.key === '=') {
        zoom(0.5);
      } else if (event.key === '-') {
        zoom(2);
      } else if (event.key === 'Escape') {
        hide();
        showAll();
      } else {
        return;
      }
      event.preventDefault();
    });
    plot.addEventListener('blur', hide);
    u.over.addEventListener('pointermove', event => {
      if (event.pointerType === 'touch') {
        const box = u.over.getBoundingClientRect();
        u.setCursor({left: event.clientX - box.left, top: 1}, true);
      }
    });
    plot.setAttribute('aria-valuenow', 0);
    plot.setAttribute('aria-valuetext', spec.places.length ? words(0) : 'no data');
    return self;
  }

  /** The range of the places, from zero, or with room on both sides of a logarithm. */
  function whole(spec, least, most) {
    if (spec.places.length === 0) {
      return [0, 1];
    }
    if (least !== spec.places[0] || most !== spec.places.at(-1)) {
      return [least, most];
    }
    return spec.x.logarithmic ? [least / 1.25, most * 1.25] : [0, most || 1];
  }

  /** What each line is, and what it says at a place; single runs of one side share an entry. */
  function legend(spec) {
    const says = units[spec.y.unit].says, entries = new Map();
    spec.series.forEach(series => {
      const key = looks[series.look].run ? series.look : series.name;
      entries.set(key, [...entries.get(key) ?? [], series]);
    });
    return [...entries.values()].map(group => {
      const data = make('data'), name = group[0].name;
      const words = group.length > 1 ? name.replace(/ \d+$/, 's') : name;
      return {
        item: make('li', {}, sample(looks[group[0].look]), ' ' + words + ' ', data),
        tell: i => {
          const values = group.map(series => i === null ? null : series.values[i])
              .filter(value => value !== null);
          const [least, most] = [Math.min(...values), Math.max(...values)];
          data.value = values.length === 1 ? least : '';
          data.textContent = i === null ? '' : values.length === 0 ? '–'
              : least === most ? says(least) : says(least) + ' to ' + says(most);
        },
      };
    });
  }

  /** All numbers of a chart. */
  function table(spec) {
    const head = [spec.x, ...spec.series.map(series => ({name: series.name, unit: spec.y.unit}))]
        .map(({name, unit}) => ({name: name + units[unit].head, number: true}));
    const place = i => spec.x.unit === 'nines'
        ? units.nines.says(spec.places[i]) : units.exact(spec.places[i]);
    return pagedTable(spec.title, head, spec.places.length,
        i => [place(i), ...spec.series.map(series => units.exact(series.values[i]))]);
  }

  /** Sizes each plot to the room that it has, or to that of a page. */
  function fit(width) {
    charts.filter(one => one.u).forEach(({u, figure, height}) => {
      const room = width ?? figure.querySelector('.plot').clientWidth;
      u.batch(() => u.setSize({width: room, height: height(room)}));
    });
  }
  const redraw = () => charts.forEach(one => one.paint());

  fit();
  new ResizeObserver(() => fit()).observe(document.querySelector('main'));
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw);
  const root = document.documentElement;
  addEventListener('beforeprint', () => {
    root.style.colorScheme = 'light'; // the colours that paper gets
    fit(680);
    redraw();
  });
  addEventListener('afterprint', () => {
    root.style.colorScheme = '';
    fit();
    redraw();
  });
})();
