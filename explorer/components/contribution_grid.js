// What each part adds: a row per layer, a cell per head, and bars for all that is no head.

export default ahead(receive);

function receive({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".root");
  const view = themed(parentElement, (view) => draw(root, view));
  view.pick = (cell) => setTriggerValue("pick", { cell });
  drawIfNew(view, data);
  return view.stop;
}

function draw(root, view) {
  const { title, rows, columns, cells, limit } = view.data;
  const colours = palette(root);
  const focused = root.getRootNode().activeElement?.dataset.cell;
  const left = root.querySelector(".scroll")?.scrollLeft;
  const grid = make("div", "grid");
  grid.setAttribute("role", "group");
  grid.setAttribute("aria-label", title);
  grid.style.gridTemplateColumns = `auto ${columns.map(({ wide }) => (wide ? "minmax(4.2rem, 1.6fr)" : "minmax(3.4rem, 1fr)")).join(" ")}`;
  drawHeadings(grid, columns);
  rows.forEach((name, row) => place(grid, make("div", "row-name", name), row + 3, 1));
  cells.forEach((cell, n) => place(grid, drawCell(view, cell, n, colours), cell.row + 3, cell.column + 2, cell.span));
  const scroll = make("div", "scroll");
  scroll.append(grid);
  root.replaceChildren(scroll, signedLegend(colours, limit));
  if (left === undefined) showPicked(scroll);
  else scroll.scrollLeft = left;
  if (focused !== undefined) root.querySelector(`[data-cell="${focused}"]`)?.focus({ preventScroll: true });
}

// Where the grid is wider than the window, it opens where its picked cell is.
function showPicked(scroll) {
  const picked = scroll.querySelector(".picked");
  if (picked) scroll.scrollLeft = picked.offsetLeft + picked.offsetWidth - scroll.clientWidth;
}

function place(grid, element, row, column, span = 1) {
  element.style.gridArea = `${row} / ${column} / auto / span ${span}`;
  grid.append(element);
}

// One heading over neighbours of the same group, and each column's own below it.
function drawHeadings(grid, columns) {
  for (let first = 0; first < columns.length; ) {
    let after = first;
    while (after < columns.length && columns[after].group === columns[first].group) after++;
    place(grid, make("div", "group", columns[first].group), 1, first + 2, after - first);
    first = after;
  }
  columns.forEach(({ title }, n) => place(grid, make("div", "column-name", title), 2, n + 2));
}

function drawCell(view, { value, words, label, form }, n, colours) {
  const { limit, picked } = view.data;
  const number = Number(value);
  const cell = make("button", ["cell", form, n === picked && "picked"].filter(Boolean).join(" "));
  cell.type = "button";
  cell.dataset.cell = n;
  cell.title = `${words}: ${allDigits(number)}`;
  cell.setAttribute("aria-label", `${words}: ${significant(number)}`);
  if (n === picked) cell.setAttribute("aria-pressed", "true");
  if (label) cell.append(make("span", "label", label));
  cell.append(make("span", "number", significant(number)));
  if (form === "bar") cell.append(signedTrack(number, limit, colours));
  else paintColour(cell, number, limit, colours);
  cell.addEventListener("click", () => view.pick(n));
  return cell;
}
