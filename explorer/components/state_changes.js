// How far each state moved, layer by layer from the bottom up. Only an exact 0 looks like the background.

const NARROW = 240; // a column is no narrower, or they stand one below the other
const LEFT = 62; // room for the names of the rows
const GAP = 32; // as between Streamlit's columns
const ROUNDING = 1e-5; // what float32 leaves at an unreached position, where passes have different lengths
const LEAST = 0.16; // how much of the colour the smallest change has

export default ahead(receive);

function receive({ parentElement, data }) {
  const view = stateOf(parentElement, () => createView(parentElement.querySelector(".root")));
  const { meta, arrays } = unpack(data);
  let n = 0;
  view.meta = meta;
  view.machines = meta.machines.map((machine) => ({
    ...machine,
    maps: machine.maps.map((map) => ({ ...map, values: arrays[`m${n}`].data, shape: arrays[`m${n++}`].shape })),
  }));
  view.hover = null;
  build(view);
  return view.stop;
}

function createView(root) {
  const view = { root, grid: make("div", "grid"), legend: make("div"), readout: make("div", "readout") };
  view.readout.setAttribute("aria-live", "polite");
  root.append(view.grid, view.legend, view.readout);
  view.stop = redrawing(view, build);
  return view;
}

function build(view) {
  const { root, machines, grid } = view;
  if (!machines || !root.clientWidth) return;
  view.colours = palette(root);
  const across = Math.max(1, Math.min(machines.length, Math.floor((root.clientWidth + GAP) / (NARROW + GAP))));
  const width = Math.floor((root.clientWidth - GAP * (across - 1)) / across);
  grid.style.gridTemplateColumns = `repeat(${across}, ${width}px)`;
  grid.replaceChildren(...machines.map((machine) => {
    const place = make("div", "machine");
    place.append(make("div", "name", machine.title));
    if (machine.problem) place.append(make("div", "problem", machine.problem));
    place.append(...machine.maps.map((map) => buildMap(view, map, width)));
    return place;
  }));
  view.legend.replaceChildren(legend(view));
  readOut(view, null);
}

function shade({ background, weight }, value, limit) {
  if (!(value > 0)) return background;
  return mix(background, weight, LEAST + (1 - LEAST) * Math.min(1, limit > 0 ? value / limit : 1));
}

function isRounding({ values, unreached, shape }, n) {
  return values[n] > 0 && values[n] <= ROUNDING && n % shape[1] < unreached;
}

function legend({ colours, machines, meta: { limit } }) {
  const element = make("div", "legend");
  const zero = make("span", "zero");
  const scale = make("span", "scale");
  scale.style.background = `linear-gradient(to right, ${mix(colours.background, colours.weight, LEAST)}, ${colours.weight})`;
  const swatch = make("canvas", "swatch");
  const pen = fitCanvas(swatch, 22, 14);
  pen.fillStyle = hatching(pen, colours);
  pen.fillRect(0, 0, 22, 14);
  element.append(zero, make("span", "", "exactly 0"));
  const some = (test) => machines.some(({ maps }) => maps.some((map) => map.values.some((_, n) => test(map, n))));
  if (some(isRounding)) element.append(make("span", "zero dotted", "·"), make("span", "", "rounding, below 10⁻⁵"));
  element.append(make("span", "space", "more than 0"), scale, make("span", "", significant(limit)));
  if (some(({ values }, n) => Number.isNaN(values[n]))) element.append(swatch, make("span", "", "no partner"));
  return element;
}

function buildMap(view, map, width) {
  const [rows, columns] = map.shape;
  const high = Math.max(14, Math.min(26, 170 / rows));
  const below = 12 + Math.min(78, 8 * Math.max(...map.columns.map((label) => Array.from(label).length)));
  map.plot = { x: LEFT, y: 6, width: width - LEFT - 2, height: high * rows };
  Object.assign(map, { width, height: map.plot.y + map.plot.height + below });
  const element = make("div", "map");
  const layers = make("div", "layers");
  map.canvas = make("canvas");
  map.marks = make("canvas", "marks");
  map.marks.tabIndex = 0;
  map.marks.setAttribute("role", "img");
  map.marks.setAttribute("aria-label", `${view.meta.title}. ${map.title}: ${rows} rows, ${columns} tokens. Arrow keys read the numbers.`);
  layers.append(map.canvas, map.marks);
  element.append(make("div", "heading", map.title), layers);
  draw(view, map);
  fitCanvas(map.marks, map.width, map.height);
  listen(view, map);
  return element;
}

function draw({ colours, meta }, map) {
  const { plot, values, shape: [rows, columns] } = map;
  const pen = fitCanvas(map.canvas, map.width, map.height);
  const [across, down] = [plot.width / columns, plot.height / rows];
  const hatched = hatching(pen, colours);
  for (let n = 0; n < values.length; n++) {
    const [row, column] = [Math.floor(n / columns), n % columns];
    const dotted = isRounding(map, n);
    pen.fillStyle = Number.isNaN(values[n]) ? hatched : shade(colours, dotted ? 0 : values[n], meta.limit);
    const [x, y] = [plot.x + column * across, plot.y + (rows - 1 - row) * down];
    pen.fillRect(x, y, across, down);
    pen.fillStyle = colours.muted;
    if (dotted) pen.fillRect(x + across / 2 - 1, y + down / 2 - 1, 2, 2);
  }
  pen.strokeStyle = colours.grid;
  for (let row = 1; row < rows; row++) pen.strokeRect(plot.x, plot.y + row * down, plot.width, 0);
  if (across > 8) for (let column = 1; column < columns; column++) pen.strokeRect(plot.x + column * across, plot.y, 0, plot.height);
  pen.strokeRect(plot.x - 0.5, plot.y - 0.5, plot.width + 1, plot.height + 1);
  drawLabels(pen, colours, map, across, down);
}

function drawLabels(pen, colours, map, across, down) {
  const { plot, rows, columns, changed: [first, last] } = map;
  pen.textBaseline = "middle";
  pen.textAlign = "right";
  pen.fillStyle = colours.muted;
  pen.font = '12.5px "Source Sans", sans-serif';
  rows.forEach((name, row) => pen.fillText(name, plot.x - 5, plot.y + (rows.length - 0.5 - row) * down));
  const every = Math.ceil(10 / across); // as many as can be read; the changed ones always
  const size = Math.max(9, Math.min(12.5, across * every - 1));
  columns.forEach((label, n) => {
    const isChanged = n >= first && n < last;
    const near = last > first && Math.min(Math.abs(n - first), Math.abs(n - last + 1)) < every;
    if (!isChanged && (n % every || near)) return;
    if (isChanged && (n - first) % every) return;
    pen.font = `${isChanged ? "bold " : ""}${size}px monospace`;
    pen.fillStyle = isChanged ? colours.text : colours.muted;
    pen.save();
    pen.translate(plot.x + (n + 0.5) * across, plot.y + plot.height + 5);
    pen.rotate(-Math.PI / 2);
    pen.fillText(fitText(pen, label, 82), 0, 0);
    pen.restore();
  });
  if (last <= first) return;
  pen.strokeStyle = colours.text;
  pen.lineWidth = 2;
  pen.strokeRect(plot.x + first * across - 1, plot.y - 2, Math.max((last - first) * across, 3) + 2, plot.height + 4);
}

function listen(view, map) {
  const { marks, plot, shape: [rows, columns] } = map;
  const point = (cell) => {
    if (view.hover?.map === map && String(view.hover.cell) === String(cell)) return;
    if (view.hover) fitCanvas(view.hover.map.marks, view.hover.map.width, view.hover.map.height);
    view.hover = cell && { map, cell };
    if (cell) frame(view, map, cell);
    readOut(view, view.hover);
  };
  marks.addEventListener("pointermove", (event) => {
    const row = rows - 1 - Math.floor(((event.offsetY - plot.y) / plot.height) * rows);
    const column = Math.floor(((event.offsetX - plot.x) / plot.width) * columns);
    point(row >= 0 && column >= 0 && row < rows && column < columns ? [row, column] : null);
  });
  marks.addEventListener("pointerleave", () => point(null));
  const moves = { ArrowUp: [1, 0], ArrowDown: [-1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
  marks.addEventListener("keydown", (event) => {
    if (!moves[event.key]) return;
    const at = view.hover?.map === map ? view.hover.cell : [0, 0];
    const [row, column] = [at[0] + moves[event.key][0], at[1] + moves[event.key][1]];
    if (row >= 0 && column >= 0 && row < rows && column < columns) point([row, column]);
    event.preventDefault();
  });
}

function frame({ colours }, map, [row, column]) {
  const { plot, shape: [rows, columns] } = map;
  const [across, down] = [plot.width / columns, plot.height / rows];
  const pen = fitCanvas(map.marks, map.width, map.height);
  pen.strokeStyle = colours.text;
  pen.lineWidth = 2;
  pen.strokeRect(plot.x + column * across, plot.y + (rows - 1 - row) * down, Math.max(across, 3), down);
}

function readOut({ readout }, hover) {
  if (!hover) {
    readout.replaceChildren(make("span", "quiet", "Point at a state to read how far it moved."));
    return;
  }
  const { map, cell: [row, column] } = hover;
  const value = map.values[row * map.shape[1] + column];
  const place = make("span", "place", `${map.title}, ${map.rows[row]}, position ${column + 1} `);
  place.append(make("span", "token", map.columns[column]), " ");
  const words = Number.isNaN(value) ? "no state of the other text to compare it with" : value === 0 ? "exactly 0" : significant(value);
  readout.replaceChildren(place, make("b", "", words), make("span", "quiet", value > 0 ? ` ${exact(value)}` : ""));
}
