// The skeleton of Figure 1, once for each model: what it keeps is drawn, what it leaves out is only hinted at.

const NARROW = 240; // a drawing is no narrower, or they stand one below the other
const GAP = 32; // as between Streamlit's columns
const WIDEST = 400; // and no wider
const [HIGH, STEP] = [46, 60]; // of a box: height, and from one to the next
const [MARGIN, BETWEEN] = [9, 32]; // beside the stacks, and between them
const [HEIGHT, OUTPUT] = [326, 0.4]; // the output stands so many rows above its stack, to leave room for "4 ×"
const [LEFT, RIGHT] = [0, 1];
// From the bottom up: which stack, and which row.
const PLACES = {
  "encoder embedding": [LEFT, 0],
  "encoder self-attention": [LEFT, 1],
  "encoder feed-forward": [LEFT, 2],
  "decoder embedding": [RIGHT, 0],
  "decoder self-attention": [RIGHT, 1],
  "cross-attention": [RIGHT, 2],
  "decoder feed-forward": [RIGHT, 3],
};

export default ahead(receive);

function receive({ parentElement, data }) {
  const root = parentElement.querySelector(".root");
  const view = stateOf(parentElement, () => {
    const fresh = { root };
    fresh.stop = redrawing(fresh, build);
    return fresh;
  });
  view.skeletons = data.skeletons;
  build(view);
  return view.stop;
}

function build({ root, skeletons }) {
  if (!skeletons || !root.clientWidth) return;
  const across = Math.max(1, Math.min(skeletons.length, Math.floor((root.clientWidth + GAP) / (NARROW + GAP))));
  const width = Math.floor((root.clientWidth - GAP * (across - 1)) / across);
  const colours = palette(root);
  const grid = make("div", "skeletons");
  grid.style.gridTemplateColumns = `repeat(${across}, ${width}px)`;
  grid.append(...skeletons.map((each) => drawing(each, Math.min(width, WIDEST), colours)));
  root.replaceChildren(grid);
}

function drawing({ title, words, encoder, decoder, parts }, width, colours) {
  const place = make("div", "skeleton");
  const canvas = make("canvas");
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", words);
  const pen = fitCanvas(canvas, width, HEIGHT);
  pen.box = (width - 2 * MARGIN - BETWEEN) / 2;
  for (const [stack, rows, layers] of [[LEFT, 2, encoder], [RIGHT, 3, decoder]]) drawFrame(pen, colours, stack, rows, layers);
  const kept = Object.fromEntries(parts.map((part) => [part.name, part.kept]));
  const output = kept["decoder feed-forward"] ? [RIGHT, 4 + OUTPUT] : [LEFT, 3 + OUTPUT]; // above the stack that answers
  drawArrows(pen, colours, kept, output);
  for (const part of parts) drawPart(pen, colours, part, PLACES[part.name] ?? output);
  place.append(make("div", "heading", title), canvas);
  return place;
}

function left({ box }, stack) {
  return MARGIN + stack * (box + BETWEEN);
}

// Between a stack's frame and the embedding below it there is room for an arrow.
function top(row) {
  return HEIGHT - 3 - HIGH - row * STEP - (row > 0 ? 10 : 0);
}

function drawFrame(pen, colours, stack, rows, layers) {
  const [x, above, below] = [left(pen, stack), top(rows) - 7, top(1) + HIGH + 7];
  pen.setLineDash([2, 4]);
  pen.strokeStyle = layers ? colours.muted : colours.grid;
  pen.strokeRect(x - 7, above, pen.box + 14, below - above);
  pen.setLineDash([]);
  if (layers) write(pen, `${layers} ×`, x - 6, above - 11, 15, colours.text, "left", 600);
}

function drawArrows(pen, colours, kept, output) {
  const arrow = (from, to) => {
    pen.strokeStyle = pen.fillStyle = colours.muted;
    pen.beginPath();
    pen.moveTo(...from);
    pen.lineTo(...to);
    pen.stroke();
    pen.beginPath();
    const [angle, [x, y]] = [Math.atan2(to[1] - from[1], to[0] - from[0]), to];
    for (const turn of [0, 2.6, -2.6]) pen.lineTo(x + (turn ? 6 * Math.cos(angle + turn) : 0), y + (turn ? 6 * Math.sin(angle + turn) : 0));
    pen.fill();
  };
  const up = (stack, rows) => {
    const middle = left(pen, stack) + pen.box / 2;
    rows.slice(1).forEach((row, n) => arrow([middle, top(rows[n])], [middle, top(row) + HIGH]));
  };
  if (kept["encoder feed-forward"]) up(LEFT, output[0] === LEFT ? [0, 1, 2, output[1]] : [0, 1, 2]);
  if (kept["decoder feed-forward"]) up(RIGHT, kept["cross-attention"] ? [0, 1, 2, 3, output[1]] : [0, 1, 3, output[1]]);
  if (kept["cross-attention"]) {
    const middle = top(2) + HIGH / 2;
    arrow([left(pen, LEFT) + pen.box, middle], [left(pen, RIGHT), middle]);
  }
}

function drawPart(pen, colours, { name, title, kept, detail }, place) {
  const [x, y] = [left(pen, place[0]), top(place[1])];
  const attention = /attention/.test(name);
  pen.fillStyle = kept && attention ? mix(colours.background, colours.weight, 0.14) : colours.background;
  pen.strokeStyle = kept ? (attention ? colours.weight : colours.muted) : colours.grid;
  pen.setLineDash(kept ? [] : [4, 4]);
  pen.beginPath();
  pen.roundRect(x, y, pen.box, HIGH, 5);
  pen.fill();
  pen.stroke();
  pen.setLineDash([]);
  const ink = kept ? colours.text : colours.muted;
  const middle = x + pen.box / 2;
  write(pen, title, middle, y + (detail ? 14 : HIGH / 2), 15, ink, "center", kept ? 600 : 400);
  if (detail) write(pen, detail, middle, y + 33, 15, colours.muted, "center");
}

function write(pen, text, x, y, size, colour, align, weight = 400) {
  const font = (size) => `${weight} ${size}px "Source Sans", sans-serif`;
  pen.font = font(size);
  const room = pen.box - 6;
  const wide = pen.measureText(text).width;
  if (wide > room) pen.font = font((size * room) / wide);
  pen.fillStyle = colour;
  pen.textAlign = align;
  pen.textBaseline = "middle";
  pen.fillText(text, x, y);
}
