// All layers and heads as thumbnails on one canvas. The whole picture is one small image, of which each head is a piece.

const LARGEST = 132;
const SMALLEST = 24;
const HEIGHT = 500; // of all rows, so that the enlarged head is not pushed off the screen
const GAP = 6;

export default ahead(receive);

function receive({ parentElement, data, setTriggerValue }) {
  const view = stateOf(parentElement, () => createView(parentElement.querySelector(".root")));
  const { meta, arrays } = unpack(data);
  const [layers, heads, queries, keys] = arrays.shades.shape;
  Object.assign(view, { meta, layers, heads, queries, keys, hover: null, selected: meta.selected });
  view.cursor = view.cursor && inside(view, view.cursor) && view.focused ? view.cursor : meta.selected;
  view.colours = palette(view.root);
  view.shades = arrays.shades.data;
  view.choose = ([layer, head]) => {
    select(view, [layer, head]);
    setTriggerValue("select", { layer, head });
  };
  const drawnOf = JSON.stringify(view.colours);
  if (drawnOf !== view.drawnOf || !sameArrays(arrays, view.arrays)) view.image = composeImage(view, arrays);
  Object.assign(view, { arrays, drawnOf });
  const masked = arrays.mask.data.includes(0);
  const end = meta.limit === 1 ? "1" : significant(meta.limit);
  view.below.replaceChildren(
    weightLegend(view.colours, masked && (() => maskedColour(view.colours)), meta.scale_name, end),
    make("div", "note", `Each picture: queries in rows (${queries}), keys in columns (${keys}), in 256 shades.`),
  );
  view.canvas.setAttribute(
    "aria-label",
    `${meta.title}: the weights of ${layers} layers with ${heads} heads each. ` +
      `Layer ${meta.selected[0] + 1}, head ${meta.selected[1] + 1} is chosen. Arrow keys move, Enter chooses.` +
      meta.crossed.map(([layer, head]) => ` Layer ${layer + 1}, head ${head + 1} is off.`).join(""),
  );
  draw(view);
  return view.stop;
}

function createView(root) {
  const view = { root, canvas: make("canvas"), below: make("div"), spoken: make("div", "spoken"), focused: false };
  const scroll = make("div", "scroll");
  const { canvas } = view;
  scroll.append(canvas);
  root.append(scroll, view.below, view.spoken);
  canvas.tabIndex = 0;
  canvas.setAttribute("role", "img");
  view.spoken.setAttribute("aria-live", "polite");
  canvas.addEventListener("pointermove", (event) => point(view, headAt(view, event)));
  canvas.addEventListener("pointerleave", () => point(view, null));
  canvas.addEventListener("click", (event) => {
    const place = headAt(view, event);
    if (!place) return;
    view.cursor = place;
    view.choose(place);
  });
  canvas.addEventListener("focus", () => focus(view, true));
  canvas.addEventListener("blur", () => focus(view, false));
  canvas.addEventListener("keydown", (event) => onKey(view, event));
  const stops = [
    onWidth(root, () => draw(view)),
    onAnnounced("head", (place) => select(view, place)),
    onPlaceChosen(view, () => view.selected, (place) => select(view, place)),
  ];
  view.stop = () => stops.forEach((stop) => stop());
  return view;
}

// Frames a head, and lets the enlarged one show its shades at once.
function select(view, place) {
  if (!inside(view, place) || String(place) === String(view.selected)) return;
  view.selected = place;
  const { heads, queries, keys } = view;
  const start = (place[0] * heads + place[1]) * queries * keys;
  announce("shades", { queries, keys, shades: view.shades.subarray(start, start + queries * keys) });
  draw(view);
}

function inside({ layers, heads }, [layer, head]) {
  return layer >= 0 && layer < layers && head >= 0 && head < heads;
}

function point(view, place) {
  if (String(place) === String(view.hover)) return;
  view.hover = place;
  view.canvas.title = place ? `layer ${place[0] + 1}, head ${place[1] + 1}` : "";
  draw(view);
}

function focus(view, focused) {
  view.focused = focused && view.canvas.matches(":focus-visible");
  if (focused) view.cursor = view.selected;
  draw(view);
}

function onKey(view, event) {
  const moves = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
  if (event.key in moves) {
    const place = view.cursor.map((n, axis) => n + moves[event.key][axis]);
    if (inside(view, place)) view.cursor = place;
    view.focused = true;
    view.spoken.textContent = `layer ${view.cursor[0] + 1}, head ${view.cursor[1] + 1}`;
    draw(view);
  } else if (event.key === "Enter" || event.key === " ") {
    view.choose(view.cursor);
  } else {
    return;
  }
  event.preventDefault();
}

// Flat, since a thumbnail has no room for hatching; grey, which no weight is.
function maskedColour(colours) {
  return mix(colours.background, colours.muted, 0.22);
}

// One pixel per weight; the layers below each other, the heads beside each other.
function composeImage({ layers, heads, queries, keys, colours }, { shades, mask }) {
  const canvas = make("canvas");
  canvas.width = heads * keys;
  canvas.height = layers * queries;
  const context = canvas.getContext("2d");
  const image = context.createImageData(canvas.width, canvas.height);
  const pixels = new Uint32Array(image.data.buffer);
  const table = Uint32Array.from(weightColours(colours), pixel);
  const masked = pixel(maskedColour(colours));
  let i = 0;
  for (let layer = 0; layer < layers; layer++) {
    for (let head = 0; head < heads; head++) {
      for (let query = 0; query < queries; query++) {
        const start = (layer * queries + query) * canvas.width + head * keys;
        for (let key = 0; key < keys; key++, i++) {
          pixels[start + key] = mask.data[query * keys + key] ? table[shades.data[i]] : masked;
        }
      }
    }
  }
  context.putImageData(image, 0, 0);
  return canvas;
}

function layOut({ root, layers, heads }) {
  const width = root.clientWidth - 6;
  const left = width < 480 ? 30 : 58;
  const pitch = Math.min(Math.floor((width - left) / heads), Math.floor(HEIGHT / layers), LARGEST + GAP);
  const size = Math.max(SMALLEST, pitch - GAP);
  return { left, top: 24, size, pitch: size + GAP };
}

function headAt(view, event) {
  const { left, top, pitch } = layOut(view);
  const place = [Math.floor((event.offsetY - top) / pitch), Math.floor((event.offsetX - left) / pitch)];
  return inside(view, place) ? place : null;
}

function draw(view) {
  if (!view.image || !view.root.clientWidth) return;
  const { layers, heads, queries, keys, colours, image, selected } = view;
  const { left, top, size, pitch } = layOut(view);
  const context = fitCanvas(view.canvas, left + heads * pitch, top + layers * pitch);
  drawLabels(view, context);
  const ratio = window.devicePixelRatio || 1;
  // Where a thumbnail has fewer pixels than weights, neighbours are averaged: none is left out.
  context.imageSmoothingEnabled = size * ratio < Math.max(queries, keys);
  context.imageSmoothingQuality = "high";
  for (let layer = 0; layer < layers; layer++) {
    for (let head = 0; head < heads; head++) {
      const [x, y] = [left + head * pitch, top + layer * pitch];
      context.drawImage(image, head * keys, layer * queries, keys, queries, x, y, size, size);
      context.strokeStyle = colours.grid;
      context.lineWidth = 1;
      context.strokeRect(x - 0.5, y - 0.5, size + 1, size + 1);
    }
  }
  crossOut(view, context);
  const frame = ([layer, head], colour, lineWidth, dash) => {
    context.strokeStyle = colour;
    context.lineWidth = lineWidth;
    context.setLineDash(dash);
    context.strokeRect(left + head * pitch - 1.5, top + layer * pitch - 1.5, size + 3, size + 3);
  };
  if (view.hover) frame(view.hover, colours.muted, 2, []);
  frame(selected, colours.text, 3, []);
  if (view.focused) frame(view.cursor, colours.positive, 3, [5, 3]);
}

// A head that is switched off: pale, with a cross over it.
function crossOut({ meta, colours, ...view }, context) {
  const { left, top, size, pitch } = layOut(view);
  for (const [layer, head] of meta.crossed) {
    const [x, y] = [left + head * pitch, top + layer * pitch];
    context.globalAlpha = 0.65;
    context.fillStyle = colours.background;
    context.fillRect(x, y, size, size);
    context.globalAlpha = 1;
    context.strokeStyle = colours.text;
    context.lineWidth = 2;
    context.beginPath();
    for (const [from, to] of [[0, size], [size, 0]]) {
      context.moveTo(x + from, y);
      context.lineTo(x + to, y + size);
    }
    context.stroke();
  }
}

function drawLabels(view, context) {
  const { layers, heads, colours, selected, root } = view;
  const { left, top, size, pitch } = layOut(view);
  const font = getComputedStyle(root).fontFamily;
  const wide = size >= 50;
  const write = (text, x, y, strong) => {
    context.font = `${strong ? "600" : "400"} 13px ${font}`;
    context.fillStyle = strong ? colours.text : colours.muted;
    context.fillText(text, x, y);
  };
  context.textBaseline = "middle";
  context.textAlign = "center";
  for (let head = 0; head < heads; head++) {
    write(wide ? `head ${head + 1}` : head + 1, left + head * pitch + size / 2, top / 2, head === selected[1]);
  }
  context.textAlign = "right";
  if (!wide && left > 40) write("head", left - 8, top / 2, false);
  for (let layer = 0; layer < layers; layer++) {
    const text = left > 40 ? `layer ${layer + 1}` : `L${layer + 1}`;
    write(text, left - 8, top + layer * pitch + size / 2, layer === selected[0]);
  }
}
