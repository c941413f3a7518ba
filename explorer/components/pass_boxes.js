// The boxes of a forward pass as buttons. A picture has one pixel or a few for each point and is stretched to its button's width.

const MASKED = 255;
const MIDDLE = 127;
const FINE = 96; // a picture has at least so many pixels across

export default ahead(receive);

function receive({ parentElement, data, setTriggerValue }) {
  const view = stateOf(parentElement, () => createView(parentElement.querySelector(".root")));
  const { meta, arrays } = unpack(data);
  view.points = arrays.points.data;
  view.open = (name) => {
    announce("box", name);
    markOpened(view, name === view.meta.opened ? null : name); // at once: the server moves what stands around it
    setTriggerValue("open", name);
  };
  view.meta = meta;
  build(view);
  takeFocus(view);
  return view.stop;
}

function createView(root) {
  const view = { root, boxes: new Map() };
  root.setAttribute("role", "group");
  root.addEventListener("keydown", (event) => move(view, event));
  const repaint = () => {
    view.boxes.clear();
    view.shades = null;
    build(view);
  };
  const stops = [onTheme(root, repaint), onAnnounced("box", (name) => (view.chosen = name))];
  view.stop = () => stops.forEach((stop) => stop());
  return view;
}

// When another box is opened, most boxes stay as they are, and often where they are: what has not changed is not made anew.
function build(view) {
  const { root, meta, boxes: before } = view;
  view.colours = palette(root);
  view.shades ??= { signed: shades(view.colours, true), weight: shades(view.colours, false) };
  view.boxes = new Map();
  for (const box of meta.sections.flatMap((section) => section.boxes)) {
    view.boxes.set(box.name, keep(before.get(box.name), view, box) ?? buildBox(view, box));
  }
  root.setAttribute("aria-label", meta.title);
  const order = JSON.stringify([meta.heading, meta.sections.map(({ title, boxes }) => [title, boxes.map(({ name }) => name)])]);
  const stays = order === view.order && [...view.boxes].every(([name, box]) => box === before.get(name));
  view.order = order;
  if (!stays) arrange(view);
  markOpened(view, meta.opened);
}

function markOpened({ boxes }, opened) {
  for (const [name, { button }] of boxes) {
    button.className = name === opened ? "box open" : "box";
    button.setAttribute("aria-expanded", String(name === opened));
  }
}

function arrange({ root, meta, boxes }) {
  const focused = root.getRootNode().activeElement?.dataset?.box;
  const parts = meta.heading ? [make("div", "heading", meta.heading)] : [];
  for (const section of meta.sections) {
    const row = make("div", "boxes");
    row.append(...section.boxes.map(({ name }) => boxes.get(name).button));
    parts.push(make("div", "title", section.title), row);
  }
  root.replaceChildren(...parts);
  boxes.get(focused)?.button.focus({ preventScroll: true });
}

// The box that was just opened may have moved here from the component below: its focus comes along.
function takeFocus(view) {
  if (!view.chosen || view.chosen !== view.meta.opened) return;
  view.chosen = null;
  view.boxes.get(view.meta.opened)?.button.focus({ preventScroll: true });
}

// A box that is there already, if it says and shows the same; only the place of its points in the message may be another.
function keep(shown, view, box) {
  if (shown?.words !== wordsOf(box)) return null;
  return sameArray(shown.points, pointsOf(view, box)) ? shown : null;
}

function wordsOf(box) {
  return JSON.stringify({ ...box, at: 0 });
}

function pointsOf({ points }, { at, size }) {
  return { data: points.subarray(at, at + size[0] * size[1]), shape: size };
}

function buildBox(view, box) {
  const button = make("button");
  button.dataset.box = box.name;
  const symbol = make("span", "symbol");
  setSymbol(symbol, box.symbol);
  if ("qkv".includes(box.role)) symbol.style.color = view.colours[box.role];
  const canvas = make("canvas");
  canvas.setAttribute("aria-hidden", "true");
  const points = pointsOf(view, box);
  paint(view, box, points.data, canvas);
  button.append(make("span", "name", box.title), symbol, make("span", "shape", box.shape), canvas);
  const [rows, columns] = box.piece;
  const fair = rows * columns > 1 ? ` Each point of the picture is the mean of up to ${rows} × ${columns} numbers.` : "";
  button.title = `${box.title}: ${box.words}, ${box.shape}.${fair}`;
  button.addEventListener("click", () => view.open(box.name));
  return { button, points, words: wordsOf(box) };
}

// Pixel by pixel into one image: a rectangle for each point takes ten times as long.
function paint({ shades, colours }, { size: [rows, columns], role, groups }, points, canvas) {
  const shade = role === "weight" ? shades.weight : shades.signed;
  const masked = pixel(colours.grid);
  const width = columns / groups;
  const wide = Math.ceil(FINE / columns);
  Object.assign(canvas, { width: columns * wide + groups - 1, height: rows });
  const image = new ImageData(canvas.width, rows);
  const pixels = new Uint32Array(image.data.buffer).fill(pixel(colours.muted)); // what stays so is a line between heads
  for (let n = 0; n < rows * columns; n++) {
    const [row, column] = [Math.floor(n / columns), n % columns];
    const from = row * canvas.width + column * wide + Math.floor(column / width);
    pixels.fill(points[n] === MASKED ? masked : shade[points[n]], from, from + wide);
  }
  canvas.getContext("2d").putImageData(image, 0, 0);
}

function shades(colours, signed) {
  const colour = signed
    ? (n) => signedColour(colours, n - MIDDLE, MIDDLE)
    : (n) => mix(colours.background, colours.weight, n / 254);
  return Uint32Array.from({ length: 255 }, (_, n) => pixel(colour(n)));
}

// Left and right go to the next box, up and down to the one above or below.
function move(view, event) {
  const steps = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 1, ArrowUp: -1 };
  const from = event.target.closest?.("button");
  if (!(event.key in steps) || !from) return;
  const buttons = [...view.root.querySelectorAll("button")];
  const after = buttons.slice(buttons.indexOf(from) + 1);
  const others = steps[event.key] > 0 ? after : buttons.slice(0, buttons.indexOf(from)).reverse();
  const here = from.getBoundingClientRect();
  const vertical = event.key === "ArrowUp" || event.key === "ArrowDown";
  const below = ({ left, right, top }) => Math.abs(top - here.top) > 4 && left < here.right && right > here.left;
  const next = vertical ? others.find((button) => below(button.getBoundingClientRect())) : others[0];
  next?.focus();
  event.preventDefault();
  event.stopPropagation(); // the same keys go from open box to open box when no box has the focus
}
