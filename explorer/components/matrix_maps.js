// Matrices side by side, one pixel for each number, enlarged. The cell at the pointer is read out in all of them.

const NARROW = 270; // a picture is no narrower, or they stand one below the other
const TALLEST = 380;
const UNDER = 22; // room for the numbers under a picture

export default ahead(receive);

function receive({ parentElement, data, setTriggerValue }) {
  const view = stateOf(parentElement, () => createView(parentElement.querySelector(".root")));
  const { meta, arrays } = unpack(data);
  view.meta = meta;
  view.maps = meta.maps.map((map, n) => {
    const { data: values, shape } = arrays[`m${n}`];
    return { ...map, n, values, shape, mask: arrays[`mask${n}`]?.data };
  });
  view.cell = meta.picked;
  view.hover = null;
  view.pick = ([map, row, column]) => setTriggerValue("pick", { map, row, column });
  build(view);
  return view.stop;
}

function createView(root) {
  const view = { root, readout: make("div", "readout"), maps_: make("div", "maps"), legend: make("div") };
  view.readout.setAttribute("aria-live", "polite");
  root.append(view.maps_, view.legend, view.readout);
  view.stop = redrawing(view, build);
  return view;
}

function build(view) {
  if (!view.maps || !view.root.clientWidth) return;
  const focused = view.maps_.contains(view.root.getRootNode().activeElement);
  view.colours = palette(view.root);
  const n = view.maps.length;
  const across = Math.max(1, Math.min(n, Math.floor((view.root.clientWidth + 16) / (NARROW + 16))));
  const width = Math.floor((view.root.clientWidth - 16 * (across - 1)) / across);
  view.maps_.style.gridTemplateColumns = `repeat(${across}, ${width}px)`;
  view.maps_.replaceChildren(...view.maps.map((map) => buildMap(view, map, width)));
  const legend = view.meta.role === "weight"
    ? weightLegend(view.colours, hatched(view), view.meta.scale_name, view.meta.limit === 1 ? "1" : significant(view.meta.limit))
    : signedLegend(view.colours, view.meta.limit, hatched(view));
  view.legend.replaceChildren(legend);
  if (focused) view.maps[0].marks.focus();
  mark(view);
}

function hatched({ maps, colours }) {
  return maps.some((map) => map.mask?.includes(0)) && ((pen) => hatching(pen, colours));
}

function buildMap(view, map, width) {
  layOut(view, map, width);
  const element = make("div", "map");
  const layers = make("div", "layers");
  map.canvas = make("canvas");
  map.marks = make("canvas", view.meta.picks ? "marks picks" : "marks");
  map.marks.tabIndex = 0;
  map.marks.dataset.map = map.n;
  map.marks.setAttribute("role", "img");
  const [rows, columns] = map.shape;
  const words = `${map.title}: ${rows} rows, ${columns} columns. Arrow keys read the numbers${view.meta.picks ? ", Enter asks" : ""}.`;
  map.marks.setAttribute("aria-label", `${view.meta.title}. ${words}`);
  layers.append(map.canvas, map.marks);
  element.append(make("div", "heading", map.title), layers);
  draw(view, map);
  listen(view, map);
  return element;
}

function layOut(view, map, width) {
  const [rows, columns] = map.shape;
  const pen = (layOut.pen ??= document.createElement("canvas").getContext("2d"));
  pen.font = "13px monospace";
  const longest = (labels) => Math.ceil(Math.max(...labels.map((label) => pen.measureText(label).width)));
  const left = map.rows.length ? Math.min(longest(map.rows), view.meta.label_room) + 10 : 34;
  const room = width - left - 3;
  const down = view.meta.square ? room / columns : Math.max(3, 22);
  const height = Math.min(TALLEST, rows * (view.meta.square ? Math.min(down, 34) : down));
  const cell = height / rows;
  const plot = { x: left, y: map.rows.length ? 7 : 2, width: view.meta.square ? Math.min(room, cell * columns) : room, height };
  // The labels of a square matrix's columns hang below it.
  map.below = map.columns.length ? Math.min(longest(map.columns), view.meta.label_room) + 10 : UNDER;
  Object.assign(map, { width, height: plot.y + height + 2 + map.below, plot });
}

function draw(view, map) {
  const { colours, meta } = view;
  const { plot, mask, shape: [rows, columns] } = map;
  const pen = fitCanvas(map.canvas, map.width, map.height);
  if (meta.role === "weight") {
    drawImage(pen, weightImage(map, weightColours(colours), meta.limit), plot);
  } else {
    drawImage(pen, matrixImage(map.values, rows, columns, meta.limit, signedPixels(colours)), plot);
  }
  if (mask) fillMasked(pen, map, hatching(pen, colours));
  pen.strokeStyle = colours.grid;
  pen.strokeRect(plot.x - 0.5, plot.y - 0.5, plot.width + 1, plot.height + 1);
  drawRowLabels(pen, colours, map, meta);
  drawColumnLabels(pen, colours, map, meta);
}

function weightImage({ values, shape: [rows, columns] }, shades, limit) {
  const canvas = new OffscreenCanvas(columns, rows);
  const pen = canvas.getContext("2d");
  values.forEach((value, n) => {
    pen.fillStyle = shades[Math.round(Math.min(1, Math.max(0, limit > 0 ? value / limit : 0)) * 255)];
    pen.fillRect(n % columns, Math.floor(n / columns), 1, 1);
  });
  return canvas;
}

function fillMasked(pen, { plot, mask, shape: [rows, columns] }, pattern) {
  const [width, height] = [plot.width / columns, plot.height / rows];
  const cells = new Path2D();
  mask.forEach((seen, n) => {
    if (!seen) cells.rect(plot.x + (n % columns) * width, plot.y + Math.floor(n / columns) * height, width, height);
  });
  pen.fillStyle = pattern;
  pen.fill(cells);
}

function drawRowLabels(pen, colours, { rows, plot, shape }, meta) {
  pen.fillStyle = colours.muted;
  pen.textAlign = "right";
  pen.textBaseline = "middle";
  const step = plot.height / shape[0];
  if (!rows.length) {
    axisText(pen, colours, "0", plot.x - 5, plot.y + 7, "right");
    if (shape[0] > 1) axisText(pen, colours, shape[0] - 1, plot.x - 5, plot.y + plot.height - 7, "right");
    if (plot.height > 60) axisText(pen, colours, meta.row_name, plot.x - 5, plot.y + plot.height / 2, "right");
    return;
  }
  const every = Math.ceil(11 / step); // as many as can be read
  pen.font = `${Math.max(9, Math.min(13, step * every - 2))}px monospace`;
  rows.forEach((label, n) => {
    if (n % every === 0) pen.fillText(fitText(pen, label, plot.x - 8), plot.x - 5, plot.y + (n + 0.5) * step);
  });
}

function drawColumnLabels(pen, colours, { columns, plot, shape }, meta) {
  const under = plot.y + plot.height + 12;
  if (!columns.length) {
    axisText(pen, colours, "0", plot.x, under, "left");
    axisText(pen, colours, meta.column_name, plot.x + plot.width / 2, under);
    axisText(pen, colours, shape[1] - 1, plot.x + plot.width, under, "right");
    return;
  }
  const step = plot.width / shape[1];
  const every = Math.ceil(11 / step);
  pen.font = `${Math.max(9, Math.min(13, step * every - 2))}px monospace`;
  pen.fillStyle = colours.muted;
  pen.textAlign = "right";
  pen.textBaseline = "middle";
  columns.forEach((label, n) => {
    if (n % every) return;
    pen.save();
    pen.translate(plot.x + (n + 0.5) * step, plot.y + plot.height + 5);
    pen.rotate(-Math.PI / 2);
    pen.fillText(fitText(pen, label, meta.label_room - 4), 0, 0);
    pen.restore();
  });
}

function listen(view, map) {
  const { marks, plot, shape: [rows, columns] } = map;
  const cellAt = (event) => {
    const row = Math.floor(((event.offsetY - plot.y) / plot.height) * rows);
    const column = Math.floor(((event.offsetX - plot.x) / plot.width) * columns);
    return row >= 0 && column >= 0 && row < rows && column < columns ? [map.n, row, column] : null;
  };
  const point = (cell) => {
    if (String(cell) === String(view.hover)) return;
    view.hover = cell;
    mark(view);
  };
  marks.addEventListener("pointermove", (event) => point(cellAt(event)));
  marks.addEventListener("pointerleave", () => point(null));
  marks.addEventListener("click", (event) => {
    const cell = cellAt(event);
    if (cell) pick(view, cell);
  });
  const moves = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
  marks.addEventListener("keydown", (event) => {
    const [, row, column] = view.hover ?? view.cell ?? [0, 0, 0];
    if (moves[event.key]) {
      const next = [row + moves[event.key][0], column + moves[event.key][1]];
      if (next[0] >= 0 && next[1] >= 0 && next[0] < rows && next[1] < columns) point([map.n, ...next]);
    } else if (event.key === "Enter" || event.key === " ") pick(view, [map.n, row, column]);
    else return;
    event.preventDefault();
  });
}

function pick(view, cell) {
  view.cell = cell;
  mark(view);
  if (view.meta.picks) view.pick(cell);
}

// The pointed cell's row and column in every picture of the same size, and the picked cell in its own.
function mark(view) {
  const at = view.hover ?? view.cell;
  for (const map of view.maps) {
    const pen = fitCanvas(map.marks, map.width, map.height);
    const { plot, shape: [rows, columns] } = map;
    const [width, height] = [plot.width / columns, plot.height / rows];
    if (!at || at[1] >= rows || at[2] >= columns) continue;
    const [x, y] = [plot.x + at[2] * width, plot.y + at[1] * height];
    pen.strokeStyle = view.colours.muted;
    pen.strokeRect(plot.x - 1, y - 0.5, plot.width + 2, Math.max(height, 2) + 1);
    pen.strokeRect(x - 0.5, plot.y - 1, Math.max(width, 2) + 1, plot.height + 2);
    if (view.cell && view.cell[0] === map.n) {
      pen.strokeStyle = view.colours.text;
      pen.lineWidth = 2.5;
      const [row, column] = view.cell.slice(1);
      pen.strokeRect(plot.x + column * width - 1, plot.y + row * height - 1, Math.max(width, 3) + 2, Math.max(height, 3) + 2);
    }
  }
  readOut(view, at);
}

function readOut({ readout, maps, meta }, at) {
  if (!at) {
    readout.replaceChildren(make("span", "quiet", meta.picks
      ? `Point at a number to read it; click it to ${meta.pick_title}.` : "Point at a number to read it."));
    return;
  }
  const [which, row, column] = at;
  const place = make("span", "place");
  const part = (name, labels, n) => {
    if (meta.own_numbers && name === meta.column_name) return place.append(`${name} ${labels[n]}`, " ");
    const number = `${name} ${meta.first + n}`;
    if (labels[n] !== number) place.append(number, " ");
    if (labels.length) place.append(make("span", "token", labels[n]), " ");
  };
  part(meta.row_name, maps[which].rows, row);
  part(meta.column_name, maps[which].columns, column);
  const facts = maps.filter(({ shape }) => row < shape[0] && column < shape[1]).map((map) => {
    const fact = make("span", "fact");
    const n = row * map.shape[1] + column;
    if (map.mask && !map.mask[n]) fact.append(`${map.title}: masked`);
    else fact.append(`${map.title}: `, make("b", "", significant(map.values[n])), make("span", "quiet", ` ${exact(map.values[n])}`));
    return fact;
  });
  readout.replaceChildren(place, ...facts);
}
