// The boxes of a forward pass as buttons. A picture has one pixel or a few for each point and is stretched to its button's width.

const MASKED = 255;
const MIDDLE = 127;
const FINE = 96; // a picture has at least so many pixels across

export default function ({ parentElement, data, setTriggerValue }) {
  const view = stateOf(parentElement, () => createView(parentElement.querySelector(".root")));
  const { meta, arrays } = unpack(data);
  view.points = arrays.points.data;
  view.open = (name) => {
    announce("box", name);
    setTriggerValue("open", name);
  };
  view.meta = meta;
  build(view);
  takeFocus(view);
  return view.stop;
}

function createView(root) {
  const view = { root };
  root.setAttribute("role", "group");
  root.addEventListener("keydown", (event) => move(view, event));
  const stops = [onTheme(root, () => build(view)), onAnnounced("box", (name) => (view.chosen = name))];
  view.stop = () => stops.forEach((stop) => stop());
  return view;
}

function build(view) {
  const { root, meta } = view;
  const focused = root.getRootNode().activeElement?.dataset?.box;
  view.colours = palette(root);
  view.shades = { signed: shades(view.colours, true), weight: shades(view.colours, false) };
  root.setAttribute("aria-label", meta.title);
  const parts = meta.heading ? [make("div", "heading", meta.heading)] : [];
  for (const section of meta.sections) {
    const boxes = make("div", "boxes");
    boxes.append(...section.boxes.map((box) => buildBox(view, box)));
    parts.push(make("div", "title", section.title), boxes);
  }
  root.replaceChildren(...parts);
  if (focused) buttonOf(view, focused)?.focus({ preventScroll: true });
}

// The box that was just opened may have moved here from the component below: its focus comes along.
function takeFocus(view) {
  if (!view.chosen || view.chosen !== view.meta.opened) return;
  view.chosen = null;
  buttonOf(view, view.meta.opened)?.focus({ preventScroll: true });
}

function buttonOf({ root }, name) {
  return [...root.querySelectorAll("button")].find((button) => button.dataset.box === name);
}

function buildBox(view, box) {
  const isOpen = box.name === view.meta.opened;
  const button = make("button", isOpen ? "box open" : "box");
  button.dataset.box = box.name;
  button.setAttribute("aria-expanded", String(isOpen));
  const symbol = make("span", "symbol");
  setSymbol(symbol, box.symbol);
  if ("qkv".includes(box.role)) symbol.style.color = view.colours[box.role];
  const canvas = make("canvas");
  canvas.setAttribute("aria-hidden", "true");
  paint(view, box, canvas);
  button.append(make("span", "name", box.title), symbol, make("span", "shape", box.shape), canvas);
  const [rows, columns] = box.piece;
  const fair = rows * columns > 1 ? ` Each point of the picture is the mean of up to ${rows} × ${columns} numbers.` : "";
  button.title = `${box.title}: ${box.words}, ${box.shape}.${fair}`;
  button.addEventListener("click", () => view.open(box.name));
  return button;
}

function paint({ points, shades, colours }, { at, size: [rows, columns], role, groups }, canvas) {
  const colour = role === "weight" ? shades.weight : shades.signed;
  const width = columns / groups;
  const wide = Math.ceil(FINE / columns);
  Object.assign(canvas, { width: columns * wide + groups - 1, height: rows });
  const pen = canvas.getContext("2d");
  pen.fillStyle = colours.muted; // a line between heads
  if (groups > 1) pen.fillRect(0, 0, canvas.width, rows);
  for (let n = 0; n < rows * columns; n++) {
    const [row, column] = [Math.floor(n / columns), n % columns];
    pen.fillStyle = points[at + n] === MASKED ? colours.grid : colour[points[at + n]];
    pen.fillRect(column * wide + Math.floor(column / width), row, wide, 1);
  }
}

function shades(colours, signed) {
  if (!signed) return Array.from({ length: 255 }, (_, n) => mix(colours.background, colours.weight, n / 254));
  return Array.from({ length: 255 }, (_, n) => signedColour(colours, n - MIDDLE, MIDDLE));
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
