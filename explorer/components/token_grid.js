// A table of tokens on the shades of their probabilities.

export default ahead(receive);

function receive({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".root");
  const view = themed(parentElement, (view) => draw(root, view));
  view.pick = (row, column) => setTriggerValue("pick", { row, column });
  root.onkeydown = (event) => onKey(root, view, event);
  drawIfNew(view, data);
  return view.stop;
}

function draw(root, view) {
  const { title, corner, rows, columns, cells, numbers, tokens, picked } = view.data;
  const colours = palette(root);
  const focused = root.getRootNode().activeElement?.dataset.place;
  const left = root.querySelector(".scroll")?.scrollLeft;
  const top = make("tr");
  top.append(make("th", "corner", corner), ...columns.map((name, n) => drawColumnName(name, tokens, n === picked)));
  const head = make("thead");
  head.append(top);
  const body = make("tbody");
  rows.forEach((name, row) => {
    const line = make("tr");
    const heading = make("th", "", name);
    heading.scope = "row";
    line.append(heading, ...cells[row].map((cell, column) => drawCell(view, cell, row, column, colours)));
    body.append(line);
  });
  const table = make("table", numbers ? "large" : ""); // few columns: they can be read from the back row
  table.append(make("caption", "spoken", title), head, body);
  const scroll = make("div", "scroll");
  scroll.append(table);
  root.replaceChildren(scroll, probabilityLegend(colours));
  if (left === undefined) showPicked(scroll);
  else scroll.scrollLeft = left;
  if (focused) root.querySelector(`[data-place="${focused}"]`)?.focus({ preventScroll: true });
}

// A long text opens where its picked column is.
function showPicked(scroll) {
  const picked = scroll.querySelector("th.picked");
  if (picked) scroll.scrollLeft = picked.offsetLeft + picked.offsetWidth - scroll.clientWidth;
}

function drawColumnName(name, isToken, picked) {
  const cell = make("th", picked ? "picked" : "");
  cell.scope = "col";
  cell.append(make("span", isToken ? "token" : "", name));
  if (isToken) cell.title = name;
  return cell;
}

function drawCell(view, { label, probability, token_id, marked }, row, column, colours) {
  const { rows, columns, numbers, picked } = view.data;
  const cell = make("td", column === picked ? "picked" : "");
  const button = make("button", marked ? "marked" : "");
  button.type = "button";
  button.dataset.place = `${row} ${column}`;
  button.tabIndex = row === rows.length - 1 && column === (picked ?? 0) ? 0 : -1; // Tab comes once, arrows go on
  const id = token_id === null ? "" : ` (id ${token_id})`;
  button.title = `${rows[row]}, ${columns[column]}: ${label}${id}, p = ${probability}`;
  button.append(make("span", "name", label));
  if (numbers) button.append(make("span", "number", significant(probability)));
  const colour = weightColours(colours)[Math.round(255 * Math.min(1, Math.max(0, probability)))];
  button.style.background = colour;
  button.style.color = readable(colour);
  button.addEventListener("click", () => view.pick(row, column));
  cell.append(button);
  return cell;
}

function onKey(root, { data }, event) {
  const move = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
  const from = event.target.dataset?.place;
  if (!move || !from) return;
  event.preventDefault();
  const size = [data.rows.length, data.columns.length];
  const to = from.split(" ").map((n, axis) => Math.min(size[axis] - 1, Math.max(0, Number(n) + move[axis])));
  root.querySelector(`[data-place="${to.join(" ")}"]`).focus();
}

function probabilityLegend(colours) {
  const legend = weightLegend(colours);
  legend.firstChild.textContent = "probability 0";
  return legend;
}
