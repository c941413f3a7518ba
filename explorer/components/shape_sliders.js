// Sliders with number boxes. Dragging is announced to the pictures of the page; letting go is told to the server.

const HEADS = "n_heads";
const PER_HEAD = ["d_k", "d_v"];

export default ahead(receive);

function receive({ parentElement, data, setStateValue }) {
  const view = stateOf(parentElement, () => ({ root: parentElement.querySelector(".root"), rows: new Map() }));
  view.tell = () => setStateValue("shape", { values: valuesOf(view), linked: view.linked });
  view.linked = data.linked;
  const names = data.sizes.map((size) => size.name).join();
  if (names !== view.names) build(view, data.sizes);
  view.names = names;
  for (const size of data.sizes) {
    const row = view.rows.get(size.name);
    row.size = size;
    if (row.dragged) continue;
    show(row, size.value);
    row.box.value = size.value;
  }
  if (view.link) view.link.checked = view.linked;
  view.problem.textContent = data.problem;
  setStops(view);
  // What was refused has been announced already: the pictures go back with the sliders.
  if (data.problem) announce("shape", valuesOf(view));
}

function build(view, sizes) {
  view.rows.clear();
  const list = make("div", "list");
  for (const size of sizes) {
    const row = { size, value: size.value, stops: stopsOf(size) };
    row.label = make("label", "row");
    row.label.title = `${size.words} (${size.name})`;
    row.symbol = make("span", "symbol");
    const [letter, below] = size.symbol.split("_");
    row.symbol.append(make("i", "", letter));
    if (below) row.symbol.append(make("sub", "", below));
    row.range = make("input");
    Object.assign(row.range, { type: "range", min: 0, max: row.stops.length - 1, step: 1 });
    row.range.setAttribute("aria-label", `${size.words}, ${size.name}`);
    row.box = make("input");
    Object.assign(row.box, { type: "text", inputMode: "numeric", autocomplete: "off", spellcheck: false });
    row.box.setAttribute("aria-label", `${size.name} as a number`);
    row.range.addEventListener("input", () => drag(view, row));
    row.range.addEventListener("change", () => release(view, row));
    row.box.addEventListener("change", () => type(view, row));
    row.label.append(row.symbol, make("span", "name", size.name), row.range, row.box);
    list.append(row.label);
    view.rows.set(size.name, row);
  }
  view.problem = make("p", "problem");
  view.problem.setAttribute("role", "alert");
  view.root.replaceChildren(list, ...linkSwitch(view), view.problem);
}

function linkSwitch(view) {
  view.link = null;
  if (!view.rows.has(HEADS) || !PER_HEAD.every((name) => view.rows.has(name))) return [];
  const label = make("label", "link");
  view.link = make("input");
  view.link.type = "checkbox";
  view.link.addEventListener("change", () => {
    view.linked = view.link.checked;
    setStops(view);
    view.tell();
  });
  label.append(view.link, make("span", "", "keep s·m and s·l as they are when s moves"));
  return [label];
}

// The whole numbers that a slider stops at: powers of 2 and three steps between them, within the range.
function stopsOf({ smallest, largest, value }) {
  const stops = new Set([smallest, largest, value]);
  for (let power = 1; power <= largest; power *= 2) {
    for (const part of [4, 5, 6, 7]) {
      const stop = (power * part) / 4;
      if (Number.isInteger(stop) && stop >= smallest && stop <= largest) stops.add(stop);
    }
  }
  return [...stops].sort((a, b) => a - b);
}

function nearest(stops, value) {
  return stops.reduce((best, stop, i) => (Math.abs(stop - value) < Math.abs(stops[best] - value) ? i : best), 0);
}

function show(row, value) {
  row.value = value;
  if (!row.stops.includes(value)) {
    row.stops = stopsOf({ ...row.size, value });
    row.range.max = row.stops.length - 1;
  }
  row.range.value = nearest(row.stops, value);
  row.range.setAttribute("aria-valuetext", String(value));
}

function valuesOf(view) {
  return Object.fromEntries([...view.rows].map(([name, row]) => [name, row.value]));
}

function drag(view, row) {
  row.dragged = true;
  setTo(view, row, row.stops[Number(row.range.value)]);
}

function release(view, row) {
  row.dragged = false;
  view.tell();
}

function type(view, row) {
  const text = row.box.value.replace(/[\s,_]/g, "");
  const { name, smallest, largest } = row.size;
  if (!/^\d{1,9}$/.test(text) || Number(text) < smallest || Number(text) > largest) {
    const range = `from ${smallest.toLocaleString("en")} to ${largest.toLocaleString("en")}`;
    view.problem.textContent = `${name} must be a whole number ${range}: it stays ${row.value.toLocaleString("en")}.`;
    return;
  }
  setTo(view, row, Number(text));
  view.tell();
}

// Sets a size, and those that follow from it, and lets the pictures of the page know.
function setTo(view, row, value) {
  view.problem.textContent = "";
  if (row.size.name === HEADS && view.linked) {
    const products = productsOf(view);
    value = row.stops[nearest(row.stops, value)];
    PER_HEAD.forEach((name, i) => write(view.rows.get(name), products[i] / value));
  }
  const output = view.rows.get("n");
  if (row.size.name === "d_model" && output?.value === row.value) write(output, value); // until somebody parts them
  write(row, value);
  announce("shape", valuesOf(view));
}

function write(row, value) {
  show(row, value);
  row.box.value = value;
}

function productsOf(view) {
  return PER_HEAD.map((name) => view.rows.get(name).value * view.rows.get(HEADS).value);
}

// Linked, the number of heads stops only where it divides s·m and s·l.
function setStops(view) {
  const row = view.rows.get(HEADS);
  if (!view.link) return;
  row.stops = stopsOf({ ...row.size, value: row.value });
  if (view.linked) {
    const products = productsOf(view);
    const most = Math.min(row.size.largest, ...products);
    const all = Array.from({ length: most }, (_, i) => i + 1);
    row.stops = all.filter((s) => products.every((product) => product % s === 0));
  }
  row.range.max = row.stops.length - 1;
  row.range.value = nearest(row.stops, row.value);
}
