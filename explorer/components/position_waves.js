// The sinusoidal position code, drawn from its formula as the sliders move; what is let go of, the server hears.

// At 1280 x 800 all four pictures are on the screen: whoever drags a slider sees every one of them follow.
const MAP_HEIGHT = 214;
const CURVES_HEIGHT = 136;
const MOST_KEPT = 4;

export default ahead(receive);

function receive({ parentElement, data, setTriggerValue }) {
  const view = stateOf(parentElement, () => createView(parentElement.querySelector(".root"), data.numbers));
  view.tell = () => setTriggerValue("place", { ...view.values, kept: view.kept });
  const told = JSON.stringify([data.values, data.kept]);
  // An answer to an earlier move, while a later one is under way, changes nothing.
  if (!view.dragging && (!view.waiting || view.waiting === told)) {
    view.waiting = null;
    view.values = { ...data.values };
    view.kept = [...data.kept];
    drawAll(view);
  }
  return view.stop;
}

function createView(root, numbers) {
  const view = { root, hover: null, readout: make("div", "readout"), legend: make("div", "named") };
  view.readout.setAttribute("aria-live", "polite");
  view.sliders = makeSliders(numbers, (name, value, done) => change(view, { [name]: value }, done));
  view.matrix = makePanel("All of it: a row for each position",
    "The position code as a picture. Arrow keys move position and dimension.");
  view.clocks = makePanel("One position: a clock for each pair; across is the sine, up the cosine", "One clock for each pair of dimensions.");
  view.curves = makePanel("One pair", "Sine and cosine of the chosen pair over all positions.");
  view.lengths = makePanel("Wavelengths, on a logarithmic axis", "The wavelength of each pair on a logarithmic axis.");
  view.curves.heading.append(view.legend);
  view.scale = make("div");
  view.matrix.heading.append(view.scale);
  const panels = make("div", "panels");
  panels.append(...[view.matrix, view.clocks, view.curves, view.lengths].map((panel) => panel.element));
  root.append(view.sliders.element, view.readout, panels);
  listenToMatrix(view);
  listenToOthers(view);
  view.stop = redrawing(view, drawAll);
  return view;
}

function listenToMatrix(view) {
  const { marks } = view.matrix;
  marks.tabIndex = 0;
  marks.addEventListener("pointermove", (event) => point(view, cellAt(view, event)));
  marks.addEventListener("pointerleave", () => point(view, null));
  marks.addEventListener("click", (event) => {
    const cell = cellAt(view, event);
    if (cell) change(view, { pos: cell[0], dim: cell[1] }, true);
  });
  const moves = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
  marks.addEventListener("keydown", (event) => {
    if (!moves[event.key]) return;
    event.preventDefault();
    const { pos, dim } = view.values;
    change(view, { pos: pos + moves[event.key][0], dim: dim + moves[event.key][1] }, true);
  });
}

function listenToOthers(view) {
  const position = (event) => {
    const { plot } = view.curves;
    return Math.round(((event.offsetX - plot.x) / plot.width) * (view.values.length - 1));
  };
  const pairOfClock = (event) => {
    const { size, per } = view.clocks;
    const column = Math.floor(event.offsetX / size);
    return column < per ? Math.floor(event.offsetY / size) * per + column : -1;
  };
  const pairOfLength = (event) => {
    const { plot } = view.lengths;
    return Math.round(((event.offsetX - plot.x) / plot.width) * (view.by.length - 1));
  };
  const listen = (panel, find, hovered, clicked) => {
    const within = (n, count) => (n >= 0 && n < count ? n : null);
    const at = (event) => within(find(event), panel === view.curves ? view.values.length : view.by.length);
    panel.marks.addEventListener("pointermove", (event) => point(view, at(event) === null ? null : hovered(at(event))));
    panel.marks.addEventListener("pointerleave", () => point(view, null));
    panel.marks.addEventListener("click", (event) => at(event) !== null && change(view, clicked(at(event)), true));
  };
  listen(view.curves, position, (pos) => [pos, view.values.dim], (pos) => ({ pos }));
  for (const [panel, find] of [[view.clocks, pairOfClock], [view.lengths, pairOfLength]]) {
    listen(panel, find, (i) => [view.values.pos, 2 * i], (i) => ({ dim: 2 * i }));
  }
}

function cellAt({ matrix: { plot }, values }, event) {
  const row = Math.floor(((event.offsetY - plot.y) / plot.height) * values.length);
  const column = Math.floor(((event.offsetX - plot.x) / plot.width) * values.d);
  return row >= 0 && column >= 0 && row < values.length && column < values.d ? [row, column] : null;
}

function point(view, cell) {
  if (String(cell) === String(view.hover)) return;
  view.hover = cell;
  markMatrix(view.matrix, view);
  readOut(view);
}

// Position and dimension stay inside of what there is. While a slider is held, the server hears nothing.
function change(view, values, done) {
  Object.assign(view.values, values);
  const { d, length, pos, dim } = view.values;
  view.values.pos = Math.min(Math.max(pos, 0), length - 1);
  view.values.dim = Math.min(Math.max(dim, 0), d - 1);
  view.kept = view.kept.filter((i) => i < d / 2);
  view.hover = null;
  view.dragging = !done;
  announce("position-code", { d, length, base: view.values.base });
  if (!done) {
    // Slider events can come faster than frames: one drawing a frame is enough.
    view.frame ??= requestAnimationFrame(() => drawAll(view));
    return;
  }
  drawAll(view);
  const told = JSON.stringify([view.values, view.kept]);
  if (told === view.waiting) return;
  view.waiting = told;
  sendSoon(view, () => view.tell());
}

function drawAll(view) {
  view.frame = undefined;
  if (!view.values || !view.root.clientWidth) return;
  view.colours = palette(view.root);
  const { d, length, base } = view.values;
  const { curves, matrix, clocks, lengths } = view;
  const painted = [d, length, base, view.colours.background, view.root.clientWidth].join();
  view.sliders.show(view.values, { pos: length - 1, dim: d - 1 });
  if (painted !== view.painted) {
    view.by = divisors(d, base);
    view.code = codeMatrix(length, d, base);
    for (const panel of [matrix, clocks]) sizePanel(panel, MAP_HEIGHT);
    for (const panel of [curves, lengths]) sizePanel(panel, CURVES_HEIGHT);
    for (const panel of [clocks, curves, lengths]) fitCanvas(panel.marks, panel.width, panel.height);
    drawMatrix(matrix, view);
    view.scale.replaceChildren(signedLegend(view.colours, 1));
    view.painted = painted;
  }
  markMatrix(matrix, view);
  drawClocks(clocks, view);
  drawCurves(curves, view);
  drawWavelengths(lengths, view);
  nameCurves(view);
  readOut(view);
}

// PE(pos, dim) with its formula and its numbers put in, all digits at the end.
function readOut(view) {
  const { d, base } = view.values;
  const [pos, dim] = view.hover ?? [view.values.pos, view.values.dim];
  const pair = dim - (dim % 2);
  const name = dim % 2 ? "cos" : "sin";
  const value = view.code[pos * d + dim];
  const sup = make("sup", "", `${pair}/${d}`);
  const formula = make("span", "formula");
  formula.append(`PE(${pos}, ${dim}) = ${name}(${pos} / ${base.toLocaleString("en")}`, sup, ")");
  const numbers = make("span", "", ` = ${name}(${significant(pos / view.by[pair / 2])}) = `);
  const wave = `pair ${pair / 2}: a full turn every ${significant(2 * Math.PI * view.by[pair / 2])} positions`;
  const digits = make("span", "quiet", ` ${String(value).replaceAll("-", "−")}`);
  view.readout.replaceChildren(formula, numbers, make("b", "", significant(value)), digits, make("span", "quiet wave", wave));
}

function nameCurves(view) {
  const chosen = Math.floor(view.values.dim / 2);
  const line = (style) => make("i", `line ${style}`);
  const names = make("span");
  names.append(line("solid"), `sine, dim ${2 * chosen} `, line("dashed"), `cosine, dim ${2 * chosen + 1}`);
  const keep = make("button", "", "Keep");
  keep.title = "Keep these curves";
  keep.setAttribute("aria-label", keep.title);
  keep.disabled = view.kept.includes(chosen) || view.kept.length >= MOST_KEPT;
  keep.addEventListener("click", () => setKept(view, [...view.kept, chosen]));
  const kept = view.kept.map((i) => {
    const button = make("button", "kept", `${2 * i}, ${2 * i + 1} ×`);
    button.title = `Take the curves of dimensions ${2 * i} and ${2 * i + 1} away`;
    button.addEventListener("click", () => setKept(view, view.kept.filter((other) => other !== i)));
    return button;
  });
  view.legend.replaceChildren(names, keep, ...kept);
}

function setKept(view, kept) {
  view.kept = kept;
  change(view, {}, true);
}
