// Every learned array with its formula, and above the table what the letters stand for.

const COLUMNS = [
  { title: "array", kind: "text" },
  { title: "formula", kind: "text" },
  { title: "shape", kind: "text" },
  { title: "numbers", kind: "count" },
  { title: "in all layers", kind: "count" },
];

export default ahead(receive);

function receive({ parentElement, data }) {
  return followModel(parentElement, data, create, draw).stop;
}

function create(root) {
  const view = { values: make("p", "values") };
  view.frame = make("div", "frame");
  view.frame.append(buildTable(view, "Every learned array with its formula, shape and size", COLUMNS));
  root.append(view.values, view.frame);
  return view;
}

function draw(view) {
  const letters = Object.entries(view.symbols).map(([symbol, value]) => `${symbol} = ${value.toLocaleString("en")}`);
  setMaths(view.values, letters.join(", | "));
  const rows = [];
  const marked = [];
  let all = 0;
  for (const group of view.dragged ? view.data.groups.map((group) => groupOf(group, view)) : view.data.groups) {
    marked.push(rows.length);
    rows.push([group.title, "", "", null, group.total]);
    for (const { name, formula, shape, count, total } of group.rows) {
      const sides = shape.map((size) => size.toLocaleString("en")).join(" × ");
      rows.push([name, formula.replaceAll(" ", "·"), sides, count, total]);
    }
    all += group.total;
  }
  marked.push(rows.length);
  rows.push(["all", "", "", null, view.dragged ? all : view.data.total]);
  drawRows(view, { rows, marked, first_total: rows.length - 1 }, drawCell);
  reachIfScrolled(view.frame);
}

// A group of the table under the hand.
function groupOf(group, { symbols, layers }) {
  const times = group.layered ? layers[group.stack] : 1;
  const rows = group.rows.map((row) => {
    const shape = shapeOf(row.dims, symbols);
    return { ...row, shape, count: sizeOf(shape), total: sizeOf(shape) * times };
  });
  const layered = times > 1 ? `${group.stack}, each of ${times} layers` : `${group.stack}, its layer`;
  const title = group.layered ? layered : group.title;
  return { title, rows, total: rows.reduce((sum, row) => sum + row.total, 0) };
}

function drawCell(cell, column, total) {
  const { kind, title } = COLUMNS[column];
  if (typeof cell !== "number") return make("td", kind, cell ?? "");
  const drawn = make("td", kind, cell.toLocaleString("en"));
  drawn.title = `${title}: ${cell}`;
  return drawn;
}
