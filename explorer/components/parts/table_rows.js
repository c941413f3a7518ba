// A table whose cells are made anew only where they say something else than before.

function buildTable(view, title, columns) {
  const top = make("tr");
  for (const column of columns) {
    const cell = make("th", column.kind === "token" ? "token-cell" : column.kind, column.title);
    cell.scope = "col";
    top.append(cell);
  }
  const head = make("thead");
  head.append(top);
  Object.assign(view, { body: make("tbody"), lines: [] });
  const table = make("table");
  table.append(make("caption", "spoken", title), head, view.body);
  return table;
}

// `rows` are lists of cells; `drawOne(cell, column, total)` makes the element of one.
function drawRows(view, { rows, marked, first_total }, drawOne) {
  view.lines.splice(rows.length).forEach((line) => line.row.remove());
  rows.forEach((cells, n) => {
    const line = (view.lines[n] ??= { row: view.body.appendChild(make("tr")), cells: [] });
    const total = n >= first_total;
    const className = [marked.includes(n) && "marked", n === first_total && "total"].filter(Boolean).join(" ");
    if (line.row.className !== className) line.row.className = className;
    const isCurrent = marked.includes(n) && !total; // what is in bold is said too
    line.row.ariaCurrent = isCurrent ? "true" : null;
    cells.forEach((cell, c) => {
      const says = JSON.stringify([cell, total]);
      if (line.cells[c]?.says === says) return;
      const drawn = drawOne(cell, c, total);
      if (line.cells[c]) line.cells[c].drawn.replaceWith(drawn);
      else line.row.append(drawn);
      line.cells[c] = { says, drawn };
    });
  });
}
