// One head's matrix: labels stay in view while the cells scroll; what is under the pointer is read out above.

const LARGEST = 52;
const SMALLEST = 10;
const NUMBERS = 26; // room for the positions beside the labels
const SCROLLBAR = 14;
const WAIT = 120; // milliseconds after the last of several quick arrow keys until the server hears of it

export default ahead(receive);

function receive({ parentElement, data, setTriggerValue }) {
  const view = stateOf(parentElement, () => createView(parentElement.querySelector(".root")));
  const { meta, arrays } = unpack(data);
  const [queries, keys] = arrays.weights.shape;
  const ahead = view.sending && view.pinned[0] < queries && view.pinned[1] < keys; // of the answer that arrives now
  Object.assign(view, { meta, arrays, queries, keys, hover: null, pinned: ahead ? view.pinned : meta.pinned });
  view.coming = null;
  view.root.classList.remove("coming");
  view.colours = palette(view.root);
  view.send = () => {
    view.sending = null;
    setTriggerValue("pin", { query: view.pinned[0], key: view.pinned[1] });
  };
  const masked = arrays.mask.data.includes(0) && ((context) => hatching(context, view.colours));
  view.legend.replaceChildren(weightLegend(view.colours, masked));
  view.overlay.setAttribute(
    "aria-label",
    `${meta.title}: ${queries} queries in rows, ${keys} keys in columns. Arrow keys move the pinned cell.`,
  );
  draw(view);
  requestAnimationFrame(() => showPin(view)); // it reads the layout: once, after all that changes in this frame
  return view.stop;
}

function createView(root) {
  const view = { root, readout: make("div", "readout"), legend: make("div"), row: make("div", "written") };
  const scroll = make("div", "scroll");
  const cells = make("div", "cells");
  for (const name of ["corner", "top", "left", "matrix", "overlay"]) view[name] = make("canvas", name);
  cells.append(view.matrix, view.overlay);
  scroll.append(view.corner, view.top, view.left, cells);
  view.scroll = scroll;
  root.append(view.readout, scroll, view.legend, view.row);
  const { overlay } = view;
  overlay.tabIndex = 0;
  overlay.setAttribute("role", "img");
  view.readout.setAttribute("aria-live", "polite");
  overlay.addEventListener("pointermove", (event) => point(view, cellAt(view, event)));
  overlay.addEventListener("pointerleave", () => point(view, null));
  view.left.addEventListener("pointermove", (event) => point(view, [cellAt(view, event)?.[0], null]));
  view.top.addEventListener("pointermove", (event) => point(view, [null, cellAt(view, event)?.[1]]));
  view.left.addEventListener("pointerleave", () => point(view, null));
  view.top.addEventListener("pointerleave", () => point(view, null));
  overlay.addEventListener("click", (event) => {
    const cell = cellAt(view, event);
    if (cell) pin(view, cell);
  });
  overlay.addEventListener("keydown", (event) => onKey(view, event));
  const stops = [
    onWidth(root, () => draw(view)),
    onFonts(() => view.meta && draw(view)),
    onAnnounced("shades", (head) => preview(view, head)),
    onPlaceChosen(view, () => view.pinned, (cell) => show(view, cell)),
  ];
  view.stop = () => stops.forEach((stop) => stop());
  return view;
}

// Another head was chosen: its picture in 256 shades, and no numbers until the exact ones are here.
function preview(view, { queries, keys, shades }) {
  if (queries !== view.queries || keys !== view.keys) return;
  view.coming = shades;
  view.root.classList.add("coming");
  drawCells(view);
}

// The cell under the pointer. Over the labels, the coordinate across them means nothing, and is clipped.
function cellAt({ size, queries, keys }, event) {
  const clip = (n, count) => Math.max(0, Math.min(count - 1, Math.floor(n / size)));
  return [clip(event.offsetY, queries), clip(event.offsetX, keys)];
}

function point(view, cell) {
  if (String(cell) === String(view.hover)) return;
  view.hover = cell;
  drawMarks(view);
}

// Keys may come faster than answers: the picture follows each, the server hears of the last.
function pin(view, cell) {
  sendSoon(view, () => view.send(), WAIT);
  show(view, cell);
}

function show(view, cell) {
  if (!(cell[0] < view.queries && cell[1] < view.keys)) return;
  Object.assign(view, { pinned: cell, hover: null });
  drawMarks(view);
  showPin(view);
}

// Scrolls the picture, never the page, just so far that the pinned cell is seen.
function showPin({ scroll, pinned, size, leftWidth, topHeight }) {
  const [y, x] = pinned.map((n) => n * size);
  const [height, width] = [scroll.clientHeight - topHeight - size, scroll.clientWidth - leftWidth - size];
  scroll.scrollTop = Math.min(y, Math.max(scroll.scrollTop, y - height));
  scroll.scrollLeft = Math.min(x, Math.max(scroll.scrollLeft, x - width));
}

function onKey(view, event) {
  const [query, key] = view.pinned;
  const moves = {
    ArrowUp: [query - 1, key],
    ArrowDown: [query + 1, key],
    ArrowLeft: [query, key - 1],
    ArrowRight: [query, key + 1],
    Home: [query, 0],
    End: [query, view.keys - 1],
  };
  const cell = moves[event.key];
  if (!cell) return;
  event.preventDefault();
  if (cell[0] >= 0 && cell[0] < view.queries && cell[1] >= 0 && cell[1] < view.keys) pin(view, cell);
}

// The cells as large as the width allows; labels along the top lie flat where they fit between their neighbours.
function layOut(view) {
  const context = view.matrix.getContext("2d");
  const font = `${getComputedStyle(view.root).getPropertyValue("--st-code-font")}, monospace`;
  const width = view.root.clientWidth;
  const longest = (labels, size) => {
    context.font = `700 ${size}px ${font}`;
    return Math.ceil(Math.max(...labels.map((label) => context.measureText(label).width)));
  };
  // Room for all that can be read out: cells that moved under the pointer would be read out in turn, without end.
  view.readout.style.minHeight = width < 520 ? "5.6rem" : "";
  const limit = width < 480 ? 90 : 160;
  const left = (size) => Math.min(longest(view.meta.queries, size), limit) + NUMBERS + 10;
  const cell = (room) => Math.max(SMALLEST, Math.min(LARGEST, Math.floor((width - room - SCROLLBAR) / view.keys)));
  const fontSize = Math.max(10, Math.min(15, cell(left(15)) - 2));
  const size = cell(left(fontSize));
  const flat = longest(view.meta.keys, fontSize) < size - 4;
  const topHeight = (flat ? fontSize + 6 : Math.min(longest(view.meta.keys, fontSize), 160) + 12) + 18;
  Object.assign(view, { font, size, fontSize, flat, leftWidth: left(fontSize), topHeight });
}

function draw(view) {
  if (!view.arrays || !view.root.clientWidth) return;
  view.written = null;
  layOut(view);
  drawCells(view);
  drawMarks(view);
}

function drawCells({ matrix, arrays, coming, queries, keys, size, colours, root }) {
  const context = fitCanvas(matrix, keys * size, queries * size);
  const shades = weightColours(colours);
  const hatch = hatching(context, colours);
  const gap = size >= 16 ? 1 : 0;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.font = `${size >= 44 ? 14 : 12}px ${getComputedStyle(root).fontFamily}`;
  const masked = new Path2D(); // all hatched cells at once: a pattern for each is what takes the time
  for (let i = 0; i < queries * keys; i++) {
    const [x, y] = [(i % keys) * size, Math.floor(i / keys) * size];
    const weight = arrays.weights.data[i];
    if (!arrays.mask.data[i]) {
      masked.rect(x, y, size - gap, size - gap);
      continue;
    }
    const shade = shades[coming ? coming[i] : Math.round(weight * 255)];
    context.fillStyle = shade;
    context.fillRect(x, y, size - gap, size - gap);
    if (size < 34 || coming) continue;
    context.fillStyle = readable(shade);
    context.fillText(weight.toFixed(2), x + size / 2, y + size / 2);
  }
  context.fillStyle = hatch;
  context.fill(masked);
  context.strokeStyle = colours.grid;
  context.strokeRect(0.5, 0.5, keys * size - 1, queries * size - 1);
}

// What follows the pointer and the pin: the frame, the lit labels, the words above, the row below.
function drawMarks(view) {
  const { overlay, size, queries, keys, colours, pinned } = view;
  const [query, key] = view.hover ?? pinned;
  const context = fitCanvas(overlay, keys * size, queries * size);
  context.strokeStyle = colours.muted;
  context.lineWidth = 1.5;
  if (query !== null) context.strokeRect(-2, query * size, keys * size + 4, size);
  if (key !== null) context.strokeRect(key * size, -2, size, queries * size + 4);
  context.strokeStyle = colours.text;
  context.lineWidth = 3;
  context.strokeRect(pinned[1] * size - 0.5, pinned[0] * size - 0.5, size, size);
  drawQueryLabels(view, query);
  drawKeyLabels(view, key);
  readOut(view, query, key);
  const row = query ?? pinned[0];
  if (view.written !== `${row} ${pinned}`) writeRow(view, row);
  view.written = `${row} ${pinned}`;
}

function labelPen(canvas, width, height, { fontSize, font, colours }) {
  const context = fitCanvas(canvas, width, height);
  context.textBaseline = "middle";
  return (text, x, y, room, align, lit, small) => {
    context.font = `${lit ? "700 " : ""}${small ? Math.max(9, fontSize - 3) : fontSize}px ${font}`;
    context.textAlign = align;
    context.fillStyle = small && !lit ? colours.muted : colours.text;
    context.fillText(room ? fitText(context, text, room) : text, x, y);
    return context;
  };
}

function drawQueryLabels(view, lit) {
  const { left, leftWidth, queries, size, meta } = view;
  const write = labelPen(left, leftWidth, queries * size, view);
  meta.queries.forEach((label, i) => {
    const y = (i + 0.5) * size;
    write(i + 1, NUMBERS - 6, y, 0, "right", i === lit, true);
    write(label, leftWidth - 5, y, leftWidth - NUMBERS - 8, "right", i === lit, false);
  });
}

function drawKeyLabels(view, lit) {
  const { top, corner, leftWidth, topHeight, keys, size, meta, flat, colours } = view;
  const write = labelPen(top, keys * size, topHeight, view);
  const context = top.getContext("2d");
  const every = size < 20 ? 5 : 1; // narrow columns have room for every fifth position only
  meta.keys.forEach((label, j) => {
    const x = (j + 0.5) * size;
    context.font = `700 ${view.fontSize}px ${view.font}`;
    const near = every > 1 && lit !== null && Math.abs(j - lit) < 3;
    if (j === lit || (!near && (j + 1) % every === 0)) write(j + 1, x, 8, 0, "center", j === lit, true);
    if (flat || context.measureText(label).width < size - 2) {
      write(label, x, topHeight - 11, 0, "center", j === lit, false);
      return;
    }
    context.save();
    context.translate(x, topHeight - 5);
    context.rotate(-Math.PI / 2);
    write(label, 0, 0, topHeight - 24, "left", j === lit, false);
    context.restore();
  });
  const name = fitCanvas(corner, leftWidth, topHeight);
  name.font = `12px ${getComputedStyle(view.root).fontFamily}`;
  name.fillStyle = colours.muted;
  name.textAlign = "right";
  name.fillText("keys →", leftWidth - 6, 12);
  name.fillText("queries ↓", leftWidth - 6, topHeight - 5);
}

function describe(parts, what, position, label, id) {
  const known = id < 0 ? " " : ` id ${id} `; // x̄ is no token
  parts.append(`${what} ${position + 1} `, make("span", "token", label), make("span", "quiet", known));
}

function fact(name, value) {
  const span = make("span", "fact");
  span.append(`${name} `, make("b", "", significant(value)), make("span", "quiet", ` ${exact(value)}`));
  return span;
}

function readOut({ readout, meta, arrays, keys }, query, key) {
  const tokens = make("div", "tokens");
  if (query !== null) describe(tokens, "query", query, meta.queries[query], arrays.query_ids.data[query]);
  if (query !== null && key !== null) tokens.append(" looks at ");
  if (key !== null) describe(tokens, "key", key, meta.keys[key], arrays.key_ids.data[key]);
  readout.replaceChildren(tokens);
  if (query === null || key === null) return;
  const i = query * keys + key;
  readout.append(fact(`score ${meta.score}`, arrays.scores.data[i]));
  if (arrays.mask.data[i]) readout.append(fact("→ weight", arrays.weights.data[i]));
  else readout.append(make("span", "fact", "masked: weight exactly 0"));
}

// The row's weights, one chip for each key that is not masked. The chips stay from one row to the next.
function writeRow({ row, meta, arrays, keys, colours, pinned }, query) {
  if (!row.firstChild) row.append(make("div", "quiet"), make("div", "row"));
  const [words, line] = row.children;
  let [sum, used] = [0, 0];
  meta.keys.forEach((label, j) => {
    const i = query * keys + j;
    if (!arrays.mask.data[i]) return;
    const weight = arrays.weights.data[i];
    sum += weight;
    const chip = line.children[used++] ?? line.appendChild(makeChip());
    const [token, bar, number] = chip.children;
    chip.className = query === pinned[0] && j === pinned[1] ? "weight pinned" : "weight";
    chip.title = `key ${j + 1} ${label}: ${exact(weight)}`;
    if (token.textContent !== label) token.textContent = label;
    bar.firstChild.style.cssText = `width:${weight * 100}%;background:${colours.weight}`;
    number.textContent = significant(weight);
  });
  while (line.children.length > used) line.lastChild.remove();
  words.replaceChildren(`Row ${query + 1}: the weights of `, make("span", "token", meta.queries[query]));
  words.append(`; together they make ${significant(sum, 6)}.`);
}

function makeChip() {
  const chip = make("div");
  const bar = make("div", "bar");
  bar.append(make("i"));
  chip.append(make("span", "token"), bar, make("span"));
  return chip;
}
