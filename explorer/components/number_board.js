// A board of numbers. Each block is one canvas; the labels around it are text. What a block is, board.py says.

const NUMBER = 46; // the narrowest cell, in CSS pixels, in which three significant digits can be read
const LINE = 26; // the height of a cell with a number
const SIDE = 118; // the width of operator and label where they stand beside their strip

export default ahead(receive);

function receive({ parentElement, data, setTriggerValue }) {
  const view = stateOf(parentElement, () => createView(parentElement.querySelector(".root")));
  const { meta, arrays } = unpack(data);
  const words = JSON.stringify({ ...meta, picked: null });
  view.send = ([block, row, column]) => setTriggerValue("pick", { block, row, column });
  if (words === view.words && sameArrays(arrays, view.arrays)) {
    movePick(view, view.blocks, meta.picked); // another number was picked, and all else stays
    return view.stop;
  }
  Object.assign(view, { meta, arrays, words });
  view.blocks = meta.blocks.map((block, n) => ({ ...block, n, values: arrays[`b${n}`].data, shape: arrays[`b${n}`].shape }));
  view.picked = meta.picked;
  build(view);
  return view.stop;
}

function createView(root) {
  const view = { root, lines: make("div"), tip: make("div", "tip"), spoken: make("div", "spoken"), open: new Set() };
  view.spoken.setAttribute("aria-live", "polite");
  view.tip.hidden = true;
  root.append(view.lines, view.tip, view.spoken);
  view.stop = redrawing(view, build);
  return view;
}

function build(view) {
  const active = view.root.getRootNode().activeElement;
  const focused = view.blocks.find((block) => block.canvas === active) ?? view.focused;
  const scrolled = [...view.lines.querySelectorAll(".line")].map((line) => [line.scrollLeft, line.scrollTop]);
  view.focused = undefined;
  view.colours = palette(view.root);
  view.shades = shadesOf(view.colours);
  view.root.setAttribute("aria-label", view.meta.title);
  view.root.setAttribute("role", "group");
  view.tip.hidden = true;
  const parts = [];
  for (const line of view.meta.lines) {
    if (line.caption) parts.push(make("div", "caption", line.caption));
    parts.push(buildLine(view, line));
  }
  const legend = makeLegend(view);
  view.lines.replaceChildren(...parts, ...legend);
  const same = view.shape === shapeOf(view);
  view.shape = shapeOf(view);
  view.lines.querySelectorAll(".line").forEach((line, n) => {
    if (same && scrolled[n]) [line.scrollLeft, line.scrollTop] = scrolled[n];
  });
  if (focused && active) view.blocks.find((block) => block.name === focused.name)?.canvas.focus();
}

// What the colours mean, as far as this board has them.
function makeLegend({ blocks, colours }) {
  const legends = [];
  if (blocks.some((block) => isSigned(block) && block.dims > 0)) {
    const legend = make("div", "legend");
    legend.append(make("span", "", "−"), make("span", "scale"), make("span", "", "+"));
    const ends = `${colours.negative}, ${colours.background}, ${colours.positive}`;
    legend.children[1].style.background = `linear-gradient(to right, ${ends})`;
    legend.append(make("span", "", "the middle is 0; the ± of each block is where its scale ends"));
    legends.push(legend);
  }
  const hidden = blocks.some((block) => block.values.includes(-Infinity));
  const pattern = hidden && ((context) => hatching(context, colours));
  if (blocks.some((block) => block.role === "weight")) legends.push(weightLegend(colours, pattern));
  return legends;
}

function shapeOf(view) {
  return JSON.stringify(view.blocks.map(({ name, shape }) => [name, shape]));
}

function buildLine(view, line) {
  const element = make("div", "line");
  const blocks = line.items.filter((item) => typeof item === "number").map((n) => view.blocks[n]);
  const beside = blocks.length === 1 && blocks[0].dims < 2 && view.root.clientWidth > 440;
  layOut(view, blocks, beside ? SIDE : (line.items.length - blocks.length) * 34);
  if (beside) {
    element.classList.add("beside");
    if (typeof line.items[0] !== "string") element.append(make("span", "operator"));
  }
  for (const item of line.items) {
    element.append(typeof item === "string" ? make("span", "operator", item) : buildBlock(view, view.blocks[item]));
  }
  if (blocks.some((block) => block.shape[0] > 1)) element.classList.add("tall");
  return element;
}

// Decides, for the blocks of one line, how wide and high a cell is and how many cells of a strip stand side by side.
function layOut(view, blocks, taken) {
  const pen = (layOut.pen ??= document.createElement("canvas").getContext("2d"));
  let room = view.root.clientWidth - 8 - taken - (blocks.length - 1) * 8;
  for (const block of blocks) {
    block.left = block.rows.length ? labelWidth(pen, block.rows) + 10 : 0;
    room -= block.left + 2;
    if (isColumn(block) || block.dims === 0) room -= columnWidth(view, block);
  }
  const wide = blocks.filter((block) => !isColumn(block) && block.dims > 0);
  const share = Math.max(room, 120) / Math.max(wide.length, 1);
  const numbers = blocks.some(isColumn);
  for (const block of blocks) {
    if (block.dims === 0) sizeNumber(view, block);
    else if (block.dims === 1) sizeStrip(view, block, share);
    else sizeGrid(pen, block, share, numbers, columnWidth(view, block));
    block.top ??= 0;
  }
}

function isColumn(block) {
  return block.dims === 2 && block.shape[1] === 1;
}

function columnWidth(view, block) {
  return block.dims === 0 ? 104 : view.root.clientWidth < 480 ? 62 : 84;
}

function labelWidth(pen, labels) {
  pen.font = "bold 13px monospace";
  return Math.min(116, Math.max(...labels.map((label) => pen.measureText(label).width)));
}

function sizeNumber(view, block) {
  Object.assign(block, { per: 1, width: columnWidth(view, block), height: 38, top: 0 });
}

function sizeStrip(view, block, room) {
  const n = block.shape[1];
  const withNumbers = n <= 64 || view.open.has(block.name);
  const fits = Math.max(1, Math.floor(room / (withNumbers ? NUMBER : 7)));
  block.per = n <= fits ? n : Math.min(n, 2 ** Math.floor(Math.log2(fits)));
  block.width = Math.min(withNumbers ? 72 : 14, Math.floor(room / block.per));
  block.height = withNumbers ? LINE : 14;
  block.top = 0;
}

function sizeGrid(pen, block, room, numbers, columnRoom) {
  const [rows, columns] = block.shape;
  const pairs = block.columns.length > 0;
  block.per = columns;
  block.width = isColumn(block) ? columnRoom : clamp(Math.floor(room / columns), pairs ? 9 : 3, pairs ? 64 : 26);
  if (numbers) block.height = LINE;
  else if (pairs) block.height = clamp(block.width, 9, LINE);
  else block.height = block.rows.length ? (rows > 24 ? 15 : 20) : clamp(block.width, 3, 20);
  block.top = pairs && block.width >= 11 ? Math.min(90, labelWidth(pen, block.columns) * 0.8 + 14) : 0;
}

function buildBlock(view, block) {
  const element = make("div", block.lit ? "block" : "block quiet");
  const label = make("div", "label");
  const symbol = make("span", "symbol");
  setSymbol(symbol, block.label);
  if ("qkv".includes(block.role)) symbol.style.color = view.colours[block.role];
  label.append(symbol, ...about(view, block));
  if (block.dims === 2) label.style.paddingLeft = `${block.left}px`;
  const canvas = (block.canvas = make("canvas"));
  canvas.tabIndex = 0;
  canvas.dataset.block = block.name;
  canvas.setAttribute("role", "img");
  const size = block.shape.filter((n) => n > 1).join(" × ") || "1";
  canvas.setAttribute("aria-label", `${block.words || block.label}, ${size}. Arrow keys move, Enter asks where it comes from.`);
  listen(view, block, canvas);
  element.append(label, canvas);
  block.base = undefined; // painted for another width or theme
  draw(view, block);
  return element;
}

function isSigned(block) {
  return !["weight", "plain", "count", "mask"].includes(block.role);
}

function about(view, block) {
  if (block.dims === 0) return [];
  const parts = [];
  const [rows, columns] = block.shape;
  const size = block.dims === 1 ? `${columns}` : columns > 1 ? `${rows} × ${columns}` : "";
  const scale = isSigned(block) ? `±${significant(block.limit)}` : "";
  if (columns > 1 || scale) parts.push(make("span", "about", [size, scale].filter(Boolean).join(", ")));
  if (block.dims === 1 && columns > 64) {
    const button = make("button", "", view.open.has(block.name) ? "as colours" : "as numbers");
    button.addEventListener("click", () => {
      if (!view.open.delete(block.name)) view.open.add(block.name);
      build(view);
    });
    parts.push(button);
  }
  return parts;
}

function listen(view, block, canvas) {
  canvas.addEventListener("pointermove", (event) => hover(view, block, cellAt(block, event)));
  canvas.addEventListener("pointerleave", () => hover(view, block, null));
  canvas.addEventListener("click", (event) => {
    const cell = cellAt(block, event);
    if (cell) pick(view, block, cell);
  });
  canvas.addEventListener("focus", () => {
    if (!canvas.matches(":focus-visible")) return;
    view.focused = block;
    block.cursor = view.picked[0] === block.n ? view.picked.slice(1) : [0, 0];
    hover(view, block, block.cursor);
  });
  canvas.addEventListener("blur", () => {
    if (view.focused === block) view.focused = undefined;
    hover(view, block, null);
  });
  canvas.addEventListener("keydown", (event) => onKey(view, block, event));
}

function onKey(view, block, event) {
  const step = block.dims === 1 ? [0, block.per] : [1, 0]; // down: the next line of a strip, the next row of a grid
  const moves = { ArrowUp: [-step[0], -step[1]], ArrowDown: step, ArrowLeft: [0, -1], ArrowRight: [0, 1] };
  block.cursor ??= [0, 0];
  if (event.key in moves) {
    const cell = block.cursor.map((n, axis) => n + moves[event.key][axis]);
    if (cell.every((n, axis) => n >= 0 && n < block.shape[axis])) block.cursor = cell;
    view.focused = block;
    hover(view, block, block.cursor);
    view.spoken.textContent = `${placeOf(block, block.cursor)}: ${exact(valueAt(block, block.cursor))}`;
  } else if (event.key === "Enter" || event.key === " ") {
    pick(view, block, block.cursor);
  } else {
    return;
  }
  event.preventDefault();
  event.stopPropagation(); // the same arrow keys advance the steps when the board has no focus
}

function pick(view, block, cell) {
  block.cursor = cell;
  movePick(view, view.blocks, [block.n, ...cell]);
  view.send(view.picked);
}

function cellAt(block, event) {
  const x = event.offsetX - block.left - 1;
  const y = event.offsetY - block.top - 1;
  const across = Math.floor(x / block.width);
  const down = Math.floor(y / block.height);
  if (x < 0 || y < 0 || across >= block.per) return null;
  const cell = block.dims === 1 ? [0, down * block.per + across] : [down, across];
  return cell.every((n, axis) => n < block.shape[axis]) ? cell : null;
}

function valueAt(block, [row, column]) {
  return block.values[row * block.shape[1] + column];
}

function hover(view, block, cell) {
  if (String(cell) === String(block.hovered)) return;
  block.hovered = cell;
  draw(view, block);
  view.tip.hidden = !cell;
  if (!cell) return;
  view.tip.replaceChildren(make("div", "", placeOf(block, cell)), make("b", "", exact(valueAt(block, cell))));
  const [x, y] = corner(block, cell);
  const here = block.canvas.getBoundingClientRect();
  const root = view.root.getBoundingClientRect();
  const left = clamp(here.left - root.left + x, 0, Math.max(0, root.width - view.tip.offsetWidth));
  const above = here.top - root.top + y - view.tip.offsetHeight - 6;
  const top = above >= -20 ? above : here.top - root.top + y + block.height + 6;
  view.tip.style.transform = `translate(${left}px, ${top}px)`;
}

function placeOf(block, [row, column]) {
  const name = block.words || block.label;
  if (block.dims === 0) return name;
  if (block.dims === 1) return `${name}: number ${column + 1} of ${block.shape[1]}`;
  const down = block.rows[row] ? `row ${row + 1} ${block.rows[row]}` : `row ${row + 1}`;
  if (block.shape[1] === 1) return `${name}: ${down}`;
  return `${name}: ${down}, column ${column + 1} ${block.columns[column] ?? ""}`.trim();
}
