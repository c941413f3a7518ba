// Matrices full of numbers. What is in view of a matrix is painted on a canvas that stays put while its frame scrolls.

export default ahead(receive);

function receive({ parentElement, data, setTriggerValue }) {
  const view = stateOf(parentElement, () => createView(parentElement.querySelector(".root")));
  const { meta, arrays } = unpack(data);
  view.send = ([sheet, row, column]) => setTriggerValue("pick", { sheet, row, column });
  const words = JSON.stringify({ ...meta, picked: null });
  const same = words === view.words && view.sheets[0]?.frame && sameArrays(arrays, view.arrays);
  if (same) {
    movePick(view, view.sheets, meta.picked); // another number was picked, and all else stays
    return view.stop;
  }
  Object.assign(view, { meta, arrays, words, picked: meta.picked });
  view.sheets = meta.sheets.map((sheet, n) => {
    const { data: values, shape } = arrays[`s${n}`];
    return { ...sheet, n, values, shape, mask: arrays[`m${n}`]?.data, perGroup: shape[1] / sheet.groups };
  });
  build(view);
  return view.stop;
}

function createView(root) {
  const view = { root, all: make("div"), legend: make("div", "legends"), tip: make("div", "tip"), spoken: make("div", "spoken") };
  view.spoken.setAttribute("aria-live", "polite");
  view.tip.hidden = true;
  root.setAttribute("role", "group");
  root.append(view.all, view.legend, view.tip, view.spoken);
  const again = () => build(view);
  window.addEventListener("resize", again); // small sheets use the window's height
  const stops = [() => window.removeEventListener("resize", again), onPlace(view, again), onFonts(() => view.sheets && again())];
  view.stop = redrawing(view, build, ...stops);
  return view;
}

// Small sheets fill the window from where they begin, which moves when what stands above them gets its place and style.
function onPlace(view, again) {
  const page = view.root.getRootNode().host?.closest('[data-testid="stMainBlockContainer"]');
  const observer = new ResizeObserver(() => {
    if (view.meta?.small && topOf(view.root) !== view.top) again();
  });
  if (page) observer.observe(page);
  return () => observer.disconnect();
}

function build(view) {
  const { root, meta } = view;
  if (!root.clientWidth) return;
  view.top = topOf(root);
  const focused = root.getRootNode().activeElement?.dataset?.sheet;
  const same = view.shape === JSON.stringify(view.sheets.map(({ number, shape }) => [number, shape]));
  const scrolled = same ? [...view.all.querySelectorAll(".frame")].map((each) => [each.scrollLeft, each.scrollTop]) : [];
  view.shape = JSON.stringify(view.sheets.map(({ number, shape }) => [number, shape]));
  view.colours = palette(root);
  view.shades = shadesOf(view.colours);
  root.setAttribute("aria-label", meta.title);
  view.tip.hidden = true;
  view.all.className = meta.small ? "small" : "large";
  view.legend.replaceChildren(...makeLegend(view));
  view.all.replaceChildren(...(meta.small ? buildLines(view) : view.sheets.map((sheet) => buildLarge(view, sheet))));
  view.sheets.forEach((sheet, n) => {
    if (scrolled[n]) [sheet.frame.scrollLeft, sheet.frame.scrollTop] = scrolled[n];
    draw(view, sheet);
  });
  if (!same && view.picked) reveal(view.sheets[view.picked[0]], view.picked.slice(1));
  if (focused !== undefined) view.sheets[focused]?.canvas.focus({ preventScroll: true });
}

function buildLarge(view, sheet) {
  layOut(view, sheet, LARGE);
  return buildSheet(view, sheet);
}

// Small sheets line by line; the legend takes what room the last line leaves.
function buildLines(view) {
  const lines = arrange(view).map((sheets) => {
    const line = make("div", "line");
    line.append(...sheets.map((sheet) => buildSheet(view, sheet)));
    return line;
  });
  lines.at(-1)?.append(view.legend);
  return lines;
}

function buildSheet(view, sheet) {
  const element = make("div", "sheet");
  const caption = make("div", "caption");
  if (sheet.section) caption.append(make("b", "", sheet.section), " ");
  if (sheet.heading) caption.append(make("span", "name", sheet.heading), " ");
  const symbol = make("span", "symbol");
  setSymbol(symbol, sheet.label);
  if ("qkv".includes(sheet.role)) symbol.style.color = view.colours[sheet.role];
  sheet.view = make("span", "about");
  caption.append(symbol, sheet.view);
  sheet.frame = make("div", "frame");
  const sizer = make("div", "sizer");
  Object.assign(sizer.style, { width: `${sheet.size[0]}px`, height: `${sheet.size[1]}px` });
  sheet.canvas = make("canvas");
  sheet.canvas.tabIndex = 0;
  sheet.canvas.dataset.sheet = sheet.n;
  sheet.canvas.dataset.number = sheet.number;
  sheet.canvas.setAttribute("role", "img");
  const words = `${sheet.section} ${sheet.heading} ${sheet.words}, ${sheet.shape.join(" by ")}`.trim();
  sheet.canvas.setAttribute("aria-label", `${words}. Arrow keys move, Enter asks where a number comes from.`);
  sizer.append(sheet.canvas);
  sheet.frame.append(sizer);
  sheet.frame.addEventListener("scroll", () => draw(view, sheet), { passive: true });
  listen(view, sheet);
  element.append(caption, sheet.frame);
  if (view.meta.small) {
    element.style.width = `${sheet.wide}px`;
    caption.style.paddingLeft = `${sheet.left}px`;
    caption.title = words;
  }
  return element;
}

// What the colours mean, as far as these sheets have them.
function makeLegend({ meta, sheets, colours }) {
  const legends = [];
  if (sheets.some(isSigned)) {
    const legend = make("div", "legend");
    const words = meta.small ? "per table" : "the middle is 0, the ends are the largest absolute value of each table";
    legend.append(make("span", "", "−"), make("span", "scale"), make("span", "", "+"), make("span", "", words));
    if (meta.small) legend.title = "The middle is 0, the ends are the largest absolute value of each table.";
    const ends = `${colours.negative}, ${colours.background}, ${colours.positive}`;
    legend.children[1].style.background = `linear-gradient(to right, ${ends})`;
    legends.push(legend);
  }
  const hidden = sheets.some((sheet) => sheet.mask?.includes(0));
  const pattern = hidden && ((context) => hatching(context, colours));
  if (hidden || sheets.some(({ role }) => role === "weight")) legends.push(weightLegend(colours, pattern));
  return legends;
}

function isSigned({ role }) {
  return !["weight", "plain", "count", "mask"].includes(role);
}

function isHidden({ mask, perGroup }, [row, column]) {
  return mask !== undefined && !mask[row * perGroup + (column % perGroup)];
}

function listen(view, sheet) {
  const { canvas } = sheet;
  canvas.addEventListener("pointermove", (event) => hover(view, sheet, cellAt(sheet, event)));
  canvas.addEventListener("pointerleave", () => hover(view, sheet, null));
  canvas.addEventListener("click", (event) => {
    const cell = cellAt(sheet, event);
    if (cell) pick(view, sheet, cell);
  });
  canvas.addEventListener("focus", () => {
    if (canvas.matches(":focus-visible")) goTo(view, sheet, view.picked?.[0] === sheet.n ? view.picked.slice(1) : [0, 0]);
  });
  canvas.addEventListener("blur", () => hover(view, sheet, null));
  canvas.addEventListener("keydown", (event) => onKey(view, sheet, event));
}

function onKey(view, sheet, event) {
  const moves = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
  sheet.cursor ??= view.picked?.[0] === sheet.n ? view.picked.slice(1) : [0, 0];
  if (event.key in moves) {
    const cell = sheet.cursor.map((n, axis) => n + moves[event.key][axis]);
    if (cell.every((n, axis) => n >= 0 && n < sheet.shape[axis])) goTo(view, sheet, cell);
    view.spoken.textContent = `${placeOf(sheet, sheet.cursor)}: ${exact(valueAt(sheet, sheet.cursor))}`;
  } else if (event.key === "Enter" || event.key === " ") {
    pick(view, sheet, sheet.cursor);
  } else {
    return;
  }
  event.preventDefault();
  event.stopPropagation(); // the same keys go from box to box when no number has the focus
}

function goTo(view, sheet, cell) {
  sheet.cursor = cell;
  reveal(sheet, cell);
  hover(view, sheet, cell);
}

function pick(view, sheet, cell) {
  sheet.cursor = cell;
  movePick(view, view.sheets, [sheet.n, ...cell]);
  view.send(view.picked);
}

function valueAt(sheet, [row, column]) {
  return sheet.values[row * sheet.shape[1] + column];
}

function hover(view, sheet, cell) {
  if (String(cell) === String(sheet.hovered)) return;
  sheet.hovered = cell;
  draw(view, sheet);
  view.tip.hidden = !cell;
  if (!cell) return;
  const lines = [make("div", "", placeOf(sheet, cell)), make("b", "", exact(valueAt(sheet, cell)))];
  if (isHidden(sheet, cell)) lines.push(make("div", "", "masked: this query may not look at this key"));
  view.tip.replaceChildren(...lines);
  const here = sheet.canvas.getBoundingClientRect();
  const root = view.root.getBoundingClientRect();
  const [x, y] = cornerOf(sheet, cell);
  const left = clamp(here.left - root.left + x, 0, Math.max(0, root.width - view.tip.offsetWidth));
  const above = here.top - root.top + y - view.tip.offsetHeight - 6;
  const top = above >= -20 ? above : here.top - root.top + y + sheet.line + 6;
  view.tip.style.transform = `translate(${left}px, ${top}px)`;
}

function placeOf(sheet, [row, column]) {
  const group = Math.floor(column / sheet.perGroup);
  const place = column % sheet.perGroup;
  const heads = sheet.groups > 1 ? `, head ${group + 1}` : "";
  const token = sheet.cells.length ? sheet.cells[row][column] : sheet.columns[place];
  const across = sheet.columns.length === 1 ? "" : `, column ${place + 1}${token ? ` ${token}` : ""}`;
  return `${sheet.words}: row ${row + 1} ${sheet.rows[row] ?? ""}${heads}${across}`;
}
