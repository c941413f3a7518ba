// A matrix as a table of numbers. The picked one follows its slider at once; the server hears when that is let go.

const STOPS = 400; // of the slider, from one end to the other

export default ahead(receive);

function receive({ parentElement, data, setTriggerValue }) {
  const view = stateOf(parentElement, () => createView(parentElement.querySelector(".root")));
  const { meta, arrays } = unpack(data);
  const moved = view.meta?.name !== meta.name || String(view.picked) !== String(meta.picked);
  Object.assign(view, { meta, values: arrays.values.data, own: arrays.own.data, shape: arrays.own.shape });
  view.picked = meta.picked;
  view.sendPick = ([row, column]) => setTriggerValue("pick", { row, column });
  view.sendValue = (value) => {
    const [row, column] = view.picked;
    setTriggerValue("value", { name: view.meta.name, row, column, value });
  };
  if (moved) forget(view);
  build(view);
  return view.stop;
}

function createView(root) {
  const view = { root, frame: make("div", "frame"), about: make("div", "about"), range: make("input"), box: make("input") };
  view.back = make("button", "back");
  view.problem = make("p", "problem");
  view.problem.setAttribute("role", "alert");
  Object.assign(view.range, { type: "range", min: 0, max: STOPS, step: 1 });
  Object.assign(view.box, { type: "text", inputMode: "decimal", autocomplete: "off", spellcheck: false });
  view.range.addEventListener("input", () => {
    forget(view);
    write(view, valueAt(view));
  });
  view.range.addEventListener("change", () => view.sendValue(valueAt(view)));
  view.box.addEventListener("change", () => type(view));
  view.back.addEventListener("click", () => {
    forget(view);
    view.sendValue(null);
  });
  const controls = make("div", "controls");
  controls.append(view.about, view.range, view.box, view.back);
  root.append(view.frame, controls, view.problem);
  view.stop = onTheme(root, () => build(view));
  return view;
}

function forget(view) {
  view.typed = false;
  view.problem.textContent = "";
}

function valueAt({ range, meta: { reach } }) {
  return Number((((2 * Number(range.value)) / STOPS - 1) * reach).toPrecision(3));
}

function indexOf({ shape: [, columns] }, [row, column]) {
  return row * columns + column;
}

function build(view) {
  view.colours = palette(view.root);
  view.root.style.setProperty("--muted", view.colours.muted);
  const focused = view.frame.contains(view.root.getRootNode().activeElement);
  const { rows, columns, title, row_name, column_name } = view.meta;
  view.limit = view.own.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const top = make("tr");
  top.append(make("th", "corner", `${row_name} \\ ${column_name}`));
  for (let c = 0; c < view.shape[1]; c++) top.append(header("col", columns[c] ?? c));
  const head = make("thead");
  head.append(top);
  const body = make("tbody");
  view.cells = [];
  for (let r = 0; r < view.shape[0]; r++) {
    const line = make("tr");
    line.append(header("row", rows[r] ?? r));
    for (let c = 0; c < view.shape[1]; c++) line.append(buildCell(view, r, c));
    body.append(line);
  }
  const table = make("table");
  table.setAttribute("role", "grid");
  table.append(make("caption", "spoken", title), head, body);
  view.frame.replaceChildren(table);
  if (focused) view.cells[indexOf(view, view.picked)].focus();
  showControls(view);
}

function header(scope, text) {
  const cell = make("th", "", `${text}`);
  cell.scope = scope;
  return cell;
}

function buildCell(view, row, column) {
  const cell = make("td");
  view.cells.push(cell);
  paint(view, [row, column], view.values[indexOf(view, [row, column])]);
  cell.tabIndex = String(view.picked) === String([row, column]) ? 0 : -1;
  cell.addEventListener("click", () => pick(view, [row, column]));
  cell.addEventListener("keydown", (event) => onKey(view, [row, column], event));
  return cell;
}

function paint(view, place, value) {
  const cell = view.cells[indexOf(view, place)];
  const before = view.own[indexOf(view, place)];
  const fill = signedColour(view.colours, value, view.limit);
  cell.textContent = significant(value);
  cell.style.background = fill;
  cell.style.color = readable(fill);
  const changed = Math.fround(value) !== before;
  cell.className = [changed && "changed", String(place) === String(view.picked) && "picked"].filter(Boolean).join(" ");
  cell.setAttribute("aria-selected", String(place) === String(view.picked));
  cell.title = `${view.meta.symbol}[${place.join(", ")}] = ${exact(Math.fround(value))}${changed ? `, before ${exact(before)}` : ""}`;
}

function onKey(view, [row, column], event) {
  const moves = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
  if (moves[event.key]) {
    const next = [row + moves[event.key][0], column + moves[event.key][1]];
    const inside = next.every((n, axis) => n >= 0 && n < view.shape[axis]);
    if (inside) view.cells[indexOf(view, next)].focus();
  } else if (event.key === "Enter" || event.key === " ") pick(view, [row, column]);
  else return;
  event.preventDefault();
  event.stopPropagation();
}

function pick(view, place) {
  forget(view);
  view.picked = place;
  build(view);
  view.cells[indexOf(view, place)].focus();
  view.sendPick(place);
}

function showControls(view) {
  const n = indexOf(view, view.picked);
  const name = `${view.meta.symbol}[${view.picked.join(", ")}]`;
  view.range.setAttribute("aria-label", name);
  view.box.setAttribute("aria-label", `${name} as a number`);
  view.about.textContent = name;
  view.back.textContent = `give back ${significant(view.own[n])}`;
  view.back.title = exact(view.own[n]);
  write(view, view.values[n], true);
}

// The picked number at this value, in its cell and its box, and under the slider's thumb where that is not moving it.
function write(view, value, slider = false) {
  const n = indexOf(view, view.picked);
  const { reach } = view.meta;
  if (slider) view.range.value = Math.round(((Math.min(reach, Math.max(-reach, value)) / reach + 1) / 2) * STOPS);
  view.range.setAttribute("aria-valuetext", significant(value));
  if (!view.typed) view.box.value = exact(Math.fround(value)).replace("−", "-");
  view.back.disabled = Math.fround(value) === view.own[n];
  paint(view, view.picked, value);
}

function type(view) {
  const text = view.box.value.trim().replace(",", ".").replace("−", "-");
  const { largest } = view.meta;
  view.typed = !/^-?(\d+\.?\d*|\.\d+)(e-?\d+)?$/i.test(text) || Math.abs(Number(text)) > largest;
  if (view.typed) {
    const most = largest.toLocaleString("en");
    const shown = Array.from(view.box.value).slice(0, 20).join("");
    view.problem.textContent = `Here stands a number from −${most} to ${most}, and “${shown}” is none: nothing has changed.`;
    return; // what was typed stays, to be corrected
  }
  view.problem.textContent = "";
  write(view, Number(text), true);
  view.sendValue(Number(text));
}
