'use strict';

/** A table that is made when somebody looks, some rows at a time; the first cell of a row is its
    name. */
function pagedTable(title, columns, count, row) {
  const rows = 100;
  const body = make('tbody'), said = make('span', {role: 'status'});
  const back = make('button', {type: 'button'}, 'Back'), on = make('button', {type: 'button'}, 'On');
  const pages = make('p', {className: 'pages'}, back, on, said);
  const kind = i => columns[i].number ? 'number' : 'words';
  const details = make('details', {},
      make('summary', {}, 'Table: ' + title), pages,
      make('div', {className: 'wide', tabIndex: 0, role: 'region', 'aria-label': 'Table: ' + title},
          make('table', {},
              make('thead', {}, make('tr', {}, ...columns.map(
                  ({name}, i) => make('th', {scope: 'col', className: kind(i)}, name)))),
              body)));
  let from = 0;
  function show() {
    const to = Math.min(from + rows, count);
    body.replaceChildren(...Array.from({length: to - from}, (_, at) => make('tr', {},
        ...row(from + at).map((text, i) => i === 0
            ? make('th', {scope: 'row', className: kind(0)}, text)
            : make('td', {className: kind(i)}, text)))));
    said.textContent = `rows ${units.exact(from + 1)} to ${units.exact(to)} of ${units.exact(count)}`;
    pages.hidden = count <= rows;
    back.disabled = from === 0;
    on.disabled = to === count;
  }
  const turn = by => () => {
    from = Math.max(0, from + by);
    show();
  };
  back.addEventListener('click', turn(-rows));
  on.addEventListener('click', turn(rows));
  details.addEventListener('toggle', () => details.open && show());
  return details;
}
